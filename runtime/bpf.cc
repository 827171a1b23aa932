#include "runtime/bpf.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/error.h"

namespace croft::runtime::bpf {

bpf_insn instruction(int code, int to, int from, std::size_t offset, std::uint32_t value) {
  bpf_insn result{};
  result.code = static_cast<std::uint8_t>(code);
  result.dst_reg = static_cast<std::uint8_t>(to) & 0xf;
  result.src_reg = static_cast<std::uint8_t>(from) & 0xf;
  result.off = static_cast<std::int16_t>(offset);
  result.imm = static_cast<std::int32_t>(value);
  return result;
}

bpf_insn move(int to, int from) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

bpf_insn move_number(int to, std::int32_t value) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, static_cast<std::uint32_t>(value));
}

bpf_insn add_register(int to, int from) {
  return instruction(BPF_ALU64 | BPF_ADD | BPF_X, to, from, 0, 0);
}

bpf_insn arithmetic(int operation, int to, std::uint32_t value) {
  return instruction(BPF_ALU64 | operation | BPF_K, to, 0, 0, value);
}

bpf_insn load(int size, int to, int from, std::size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | size, to, from, offset, 0);
}

bpf_insn store(int size, int to, std::size_t offset, int from) {
  return instruction(BPF_STX | BPF_MEM | size, to, from, offset, 0);
}

bpf_insn jump_if(int condition, int what, std::uint32_t value, std::size_t skipped) {
  return instruction(BPF_JMP | condition | BPF_K, what, 0, skipped, value);
}

bpf_insn call(int helper) {
  return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, static_cast<std::uint32_t>(helper));
}

bpf_insn leave() {
  return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

// An immediate value (BPF_IMM, which is 0), in two instructions.
void load_map(Program& program, int to, const Fd& map) {
  program.push_back(
      instruction(BPF_LD | BPF_DW, to, BPF_PSEUDO_MAP_FD, 0, static_cast<std::uint32_t>(map.get())));
  program.push_back({});
}

long call_kernel(int command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

Fd make_map(bpf_attr attributes, const char* name) {
  std::strncpy(attributes.map_name, name, sizeof attributes.map_name - 1);
  Fd fd(static_cast<int>(call_kernel(BPF_MAP_CREATE, attributes)));
  if (!fd) fail_errno("cannot make the map `" + std::string(name) + "`");
  return fd;
}

namespace {

bpf_attr element(const Fd& map, const void* key, const void* value) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<std::uint32_t>(map.get());
  attributes.key = reinterpret_cast<std::uintptr_t>(key);
  attributes.value = reinterpret_cast<std::uintptr_t>(value);
  return attributes;
}

}  // namespace

bool look_up(const Fd& map, const void* key, void* value) {
  bpf_attr attributes = element(map, key, value);
  return call_kernel(BPF_MAP_LOOKUP_ELEM, attributes) == 0;
}

void update(const Fd& map, const void* key, const void* value, std::uint64_t flags) {
  bpf_attr attributes = element(map, key, value);
  attributes.flags = flags;
  if (call_kernel(BPF_MAP_UPDATE_ELEM, attributes) != 0) fail_errno("cannot write to a map");
}

void remove(const Fd& map, const void* key) {
  bpf_attr attributes = element(map, key, nullptr);
  if (call_kernel(BPF_MAP_DELETE_ELEM, attributes) != 0 && errno != ENOENT)
    fail_errno("cannot remove from a map");
}

bool next_key(const Fd& map, const void* key, void* next) {
  bpf_attr attributes = element(map, key, next);  // the next key's place is that of a value
  return call_kernel(BPF_MAP_GET_NEXT_KEY, attributes) == 0;
}

bool look_up_batch(const Fd& map, Batch& batch, void* keys, void* values) {
  std::uint32_t next = 0;
  bpf_attr attributes{};
  if (batch.place != 0) attributes.batch.in_batch = reinterpret_cast<std::uintptr_t>(&batch.place);
  attributes.batch.out_batch = reinterpret_cast<std::uintptr_t>(&next);
  attributes.batch.keys = reinterpret_cast<std::uintptr_t>(keys);
  attributes.batch.values = reinterpret_cast<std::uintptr_t>(values);
  attributes.batch.count = batch.count;
  attributes.batch.map_fd = static_cast<std::uint32_t>(map.get());
  const bool more = call_kernel(BPF_MAP_LOOKUP_BATCH, attributes) == 0;
  if (!more && errno != ENOENT) fail_errno("cannot read a map");
  batch = {next, attributes.batch.count};
  return more;
}

namespace {

bpf_attr named_object(const std::string& path) {
  bpf_attr attributes{};
  attributes.pathname = reinterpret_cast<std::uintptr_t>(path.c_str());
  return attributes;
}

}  // namespace

void pin(const Fd& map, const std::string& path) {
  bpf_attr attributes = named_object(path);
  attributes.bpf_fd = static_cast<std::uint32_t>(map.get());
  if (call_kernel(BPF_OBJ_PIN, attributes) != 0) fail_errno("cannot pin a map as `" + path + "`");
}

Fd open_pinned(const std::string& path) {
  bpf_attr attributes = named_object(path);
  Fd fd(static_cast<int>(call_kernel(BPF_OBJ_GET, attributes)));
  if (!fd && errno != ENOENT) fail_errno("cannot open the map `" + path + "`");
  return fd;
}

std::size_t possible_cpus() {
  const std::string text = read_file("/sys/devices/system/cpu/possible");  // "0-7"
  const std::size_t at = text.find_last_of("-,");
  return std::stoul(text.substr(at == std::string::npos ? 0 : at + 1)) + 1;
}

Fd load_program(int type, int attach_type, const char* name, const Program& program) {
  bpf_attr attributes{};
  attributes.prog_type = static_cast<std::uint32_t>(type);
  attributes.expected_attach_type = static_cast<std::uint32_t>(attach_type);
  attributes.insns = reinterpret_cast<std::uintptr_t>(program.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
  attributes.license = reinterpret_cast<std::uintptr_t>("Apache-2.0");
  std::strncpy(attributes.prog_name, name, sizeof attributes.prog_name - 1);
  Fd fd(static_cast<int>(call_kernel(BPF_PROG_LOAD, attributes)));
  if (!fd) fail_errno("cannot load the program `" + std::string(name) + "`");
  return fd;
}

void attach(const Fd& group, int attach_type, const Fd& program) {
  bpf_attr attributes{};
  attributes.target_fd = static_cast<std::uint32_t>(group.get());
  attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
  attributes.attach_type = static_cast<std::uint32_t>(attach_type);
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (call_kernel(BPF_PROG_ATTACH, attributes) != 0) fail_errno("cannot attach a program");
}

}  // namespace croft::runtime::bpf
