#include "cgroups/device_program.h"

#include <cstddef>

#include "cgroups/bounds.h"
#include "runtime/bpf.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

// Registers as the program uses them; r0 is the answer, r1 the context.
enum : int { kAnswer = 0, kContext = 1, kType = 2, kAccess = 3, kMajor = 4, kMinor = 5, kScratch = 6 };

using runtime::bpf::instruction;

bpf_insn load(int to, std::size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, kContext, offset, 0);
}
bpf_insn copy(int to, int from) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
bpf_insn mask(int to, std::uint32_t bits) {
  return instruction(BPF_ALU | BPF_AND | BPF_K, to, 0, 0, bits);
}
bpf_insn shift_right(int to, std::uint32_t bits) {
  return instruction(BPF_ALU | BPF_RSH | BPF_K, to, 0, 0, bits);
}
bpf_insn skip_unless(int what, std::uint32_t value, std::size_t skipped) {
  return instruction(BPF_JMP32 | BPF_JNE | BPF_K, what, 0, skipped, value);
}

void answer(std::vector<bpf_insn>& program, std::uint32_t value) {
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, kAnswer, 0, 0, value));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

std::uint32_t access_bits(const DeviceRule& rule) {
  std::uint32_t bits = 0;
  if (rule.read) bits |= BPF_DEVCG_ACC_READ;
  if (rule.write) bits |= BPF_DEVCG_ACC_WRITE;
  if (rule.make) bits |= BPF_DEVCG_ACC_MKNOD;
  return bits;
}

// Falls through to "allowed" when everything matches; each mismatch jumps behind it.
void append(std::vector<bpf_insn>& program, const DeviceRule& rule) {
  constexpr std::uint32_t kEverything = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD;
  struct Test {
    int what;
    std::uint32_t value;
  };
  std::vector<Test> tests;
  if (rule.type == DeviceRule::Type::kBlock) tests.push_back({kType, BPF_DEVCG_DEV_BLOCK});
  if (rule.type == DeviceRule::Type::kChar) tests.push_back({kType, BPF_DEVCG_DEV_CHAR});
  if (rule.major) tests.push_back({kMajor, *rule.major});
  if (rule.minor) tests.push_back({kMinor, *rule.minor});
  if (access_bits(rule) != kEverything) {
    program.push_back(copy(kScratch, kAccess));
    program.push_back(mask(kScratch, kEverything & ~access_bits(rule)));
    tests.push_back({kScratch, 0});
  }
  for (std::size_t i = 0; i < tests.size(); ++i)
    program.push_back(skip_unless(tests[i].what, tests[i].value, tests.size() - i - 1 + 2));
  answer(program, 1);
}

}  // namespace

std::vector<bpf_insn> assemble(const DeviceRules& rules) {
  if (rules.size() > kMaxDeviceRules)
    throw runtime::Error(runtime::ErrorKind::kInvalid,
                         "more than " + std::to_string(kMaxDeviceRules) + " device rules");
  std::vector<bpf_insn> program{load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
                                copy(kAccess, kType),
                                mask(kType, 0xffff),
                                shift_right(kAccess, 16),
                                load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
                                load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor))};
  for (const DeviceRule& rule : rules) append(program, rule);
  answer(program, 0);
  return program;
}

runtime::Fd load_device_program(const std::vector<bpf_insn>& program) {
  return runtime::bpf::load_program(BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, "croft_devices", program);
}

void attach_device_program(const runtime::Fd& group, const runtime::Fd& program) {
  runtime::bpf::attach(group, BPF_CGROUP_DEVICE, program);
}

}  // namespace croft::cgroups
