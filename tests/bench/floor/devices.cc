#include "tests/bench/floor/devices.h"

#include <linux/bpf.h>
#include <sys/syscall.h>

#include <array>
#include <cstdint>
#include <vector>

namespace croft::bench {
namespace {

constexpr std::int32_t kAnyMinor = -1;
struct Node {
  std::int32_t major;
  std::int32_t minor;
};
// null, zero, full, random, urandom, tty, console, ptmx, pts: Documentation/admin-guide/devices.txt.
constexpr std::array<Node, 9> kNodes{
    {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 1}, {5, 2}, {136, kAnyMinor}}};

enum class Field : std::int16_t { kAccess = 0, kMajor = 4, kMinor = 8 };  // of struct bpf_cgroup_dev_ctx

// Into register 2.
bpf_insn load(Field field) {
  return {BPF_LDX | BPF_W | BPF_MEM, BPF_REG_2, BPF_REG_1, static_cast<std::int16_t>(field), 0};
}
bpf_insn skip_unless(std::int32_t value, std::int16_t instructions) {
  return {BPF_JMP | BPF_JNE | BPF_K, BPF_REG_2, 0, instructions, value};
}
void give(std::vector<bpf_insn>& program, std::int32_t answer) {
  program.push_back({BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, answer});
  program.push_back({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
}

std::vector<bpf_insn> build() {
  std::vector<bpf_insn> program = {load(Field::kAccess)};
  constexpr std::int32_t kMakeOrBlock = BPF_DEVCG_ACC_MKNOD << 16 | BPF_DEVCG_DEV_BLOCK;
  program.push_back({BPF_JMP | BPF_JSET | BPF_K, BPF_REG_2, 0, 1, kMakeOrBlock});
  program.push_back({BPF_JMP | BPF_JA, 0, 0, 2, 0});
  give(program, 0);
  for (const Node& node : kNodes) {
    const bool any = node.minor == kAnyMinor;
    program.push_back(load(Field::kMajor));
    program.push_back(skip_unless(node.major, any ? 2 : 4));
    if (!any) program.push_back(load(Field::kMinor));
    if (!any) program.push_back(skip_unless(node.minor, 2));
    give(program, 1);
  }
  give(program, 0);
  return program;
}

}  // namespace

Fd load_device_program() {
  const std::vector<bpf_insn> program = build();
  const std::array<char, 11> license = {"Apache-2.0"};
  bpf_attr attr{};
  attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attr.insns = reinterpret_cast<std::uint64_t>(program.data());
  attr.insn_cnt = static_cast<std::uint32_t>(program.size());
  attr.license = reinterpret_cast<std::uint64_t>(license.data());
  return Fd(static_cast<int>(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr)));
}

void attach_device_program(const Fd& program, const Fd& cgroup) {
  bpf_attr attr{};
  attr.attach_type = BPF_CGROUP_DEVICE;
  attr.target_fd = static_cast<std::uint32_t>(cgroup.get());
  attr.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attr.attach_flags = BPF_F_ALLOW_MULTI;
  check(syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr), "attach the device program");
}

}  // namespace croft::bench
