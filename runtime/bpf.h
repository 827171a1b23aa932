// The little of bpf(2) that Croft needs, and instructions by name (Documentation/bpf/standardization/
// instruction-set.rst). Programs are a few dozen instructions, so they are written out and not compiled.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/fd.h"

namespace croft::runtime::bpf {

using Program = std::vector<bpf_insn>;

// Registers: r0 has answers, r1 to r5 are arguments, calls keep r6 to r9.
bpf_insn instruction(int code, int to, int from, std::size_t offset, std::uint32_t value);
bpf_insn move(int to, int from);
bpf_insn move_number(int to, std::int32_t value);
bpf_insn add_register(int to, int from);
bpf_insn arithmetic(int operation, int to, std::uint32_t value);  // to = to OPERATION value
bpf_insn load(int size, int to, int from, std::size_t offset);    // size: BPF_W, BPF_DW
bpf_insn store(int size, int to, std::size_t offset, int from);   // *(to + offset) = from
bpf_insn jump_if(int condition, int what, std::uint32_t value, std::size_t skipped);
bpf_insn call(int helper);
bpf_insn leave();
void load_map(Program& program, int to, const Fd& map);

// bpf(2); -1 and errno. Descriptors that it makes are close-on-exec.
long call_kernel(int command, bpf_attr& attributes);

// At most 15 letters of a name are kept. Throws Error with bpf(2)'s errno.
Fd make_map(bpf_attr attributes, const char* name);
// Whether there was such a key.
bool look_up(const Fd& map, const void* key, void* value);
// `flags` as BPF_MAP_UPDATE_ELEM takes them. Throws Error with bpf(2)'s errno.
void update(const Fd& map, const void* key, const void* value, std::uint64_t flags = BPF_ANY);
// A key that is not there is fine. Throws Error.
void remove(const Fd& map, const void* key);
// The key behind `key`, or the first one without; false at the end.
bool next_key(const Fd& map, const void* key, void* next);
// As many keys and values as there is room for, from the place where the call before ended (`place` is 0 at
// the beginning); false at the end. Far quicker than one by one. Throws Error.
struct Batch {
  std::uint32_t place = 0;
  std::uint32_t count = 0;  // room before a call, what came behind it
};
bool look_up_batch(const Fd& map, Batch& batch, void* keys, void* values);
// A file of a bpf file system keeps a map when no descriptor of it is left. open_pinned gives none where
// there is no such file; both throw Error.
void pin(const Fd& map, const std::string& path);
Fd open_pinned(const std::string& path);
// Values for each CPU come and go as one array of all CPUs that there can be, in units of 8 bytes.
std::size_t possible_cpus();

// Throws Error with bpf(2)'s errno; `name` is for people who list programs (at most 15 letters).
Fd load_program(int type, int attach_type, const char* name, const Program& program);
// To an open cgroup directory of the unified hierarchy, beside programs that are there and above it.
void attach(const Fd& group, int attach_type, const Fd& program);

}  // namespace croft::runtime::bpf
