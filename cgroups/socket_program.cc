#include "cgroups/socket_program.h"

#include <netinet/in.h>

#include <cstddef>

namespace croft::cgroups {
namespace {

using namespace runtime::bpf;

constexpr std::uint32_t kMptcp = 262;  // IPPROTO_MPTCP, of which older headers know nothing
constexpr int kContext = BPF_REG_6;
constexpr int kOffset = BPF_REG_7;  // of TCP's or the others' number in a pair
constexpr int kCounters = BPF_REG_8;
constexpr int kLimits = BPF_REG_9;
constexpr std::size_t kRefused = offsetof(SocketCounters, refused);

void append(Program& program, const Program& more) {
  program.insert(program.end(), more.begin(), more.end());
}

// *(to + offset) += by, and `by` has what was there before.
bpf_insn fetch_add(int to, std::size_t offset, int by) {
  return instruction(BPF_STX | BPF_ATOMIC | BPF_DW, to, by, offset, BPF_ADD | BPF_FETCH);
}

// `to` = the pair in this group's storage.
void get_storage(Program& program, const runtime::Fd& map, int to) {
  load_map(program, BPF_REG_1, map);
  append(program, {move_number(BPF_REG_2, 0), call(BPF_FUNC_get_local_storage), move(to, BPF_REG_0),
                   add_register(to, kOffset)});
}

// r0 = the socket's mark, or null.
void get_mark(Program& program, const runtime::Fd& map, std::int32_t flags) {
  load_map(program, BPF_REG_1, map);
  append(program, {move(BPF_REG_2, kContext), move_number(BPF_REG_3, 0), move_number(BPF_REG_4, flags),
                   call(BPF_FUNC_sk_storage_get)});
}

Program answer(std::int32_t value) {
  return {move_number(BPF_REG_0, value), leave()};
}

// Takes the count back, and counts a refusal.
Program refuse() {
  Program program{move_number(BPF_REG_1, -1), fetch_add(kCounters, 0, BPF_REG_1), move_number(BPF_REG_1, 1),
                  fetch_add(kCounters, kRefused, BPF_REG_1)};
  append(program, answer(0));
  return program;
}

// Marks the socket and allows it; falls through when there is no memory for the mark.
Program mark(const SocketMaps& maps) {
  Program program;
  get_mark(program, maps.marks, BPF_SK_STORAGE_GET_F_CREATE);
  Program marked{move(BPF_REG_1, kOffset), arithmetic(BPF_RSH, BPF_REG_1, 3),
                 arithmetic(BPF_ADD, BPF_REG_1, 1), store(BPF_W, BPF_REG_0, 0, BPF_REG_1)};
  append(marked, answer(1));
  program.push_back(jump_if(BPF_JEQ, BPF_REG_0, 0, marked.size()));
  append(program, marked);
  return program;
}

}  // namespace

// Counts first and looks at the limit then, so that two at once cannot both be the last.
Program assemble_socket_create(const SocketMaps& maps) {
  Program program{move(kContext, BPF_REG_1),
                  load(BPF_W, BPF_REG_1, kContext, offsetof(bpf_sock, protocol)),
                  move_number(kOffset, sizeof(std::uint64_t)),
                  jump_if(BPF_JEQ, BPF_REG_1, IPPROTO_TCP, 1),
                  jump_if(BPF_JNE, BPF_REG_1, kMptcp, 1),
                  move_number(kOffset, 0)};
  get_storage(program, maps.counters, kCounters);
  get_storage(program, maps.limits, kLimits);
  const Program marked = mark(maps);
  append(program,
         {move_number(BPF_REG_1, 1), fetch_add(kCounters, 0, BPF_REG_1), load(BPF_DW, BPF_REG_2, kLimits, 0),
          jump_if(BPF_JEQ, BPF_REG_2, 0, 2), arithmetic(BPF_ADD, BPF_REG_1, 1),
          instruction(BPF_JMP | BPF_JGE | BPF_X, BPF_REG_1, BPF_REG_2, marked.size(), 0)});
  append(program, marked);
  append(program, refuse());
  return program;
}

Program assemble_socket_release(const SocketMaps& maps) {
  Program counted{load(BPF_W, kOffset, BPF_REG_0, 0), move_number(BPF_REG_1, 0),
                  store(BPF_W, BPF_REG_0, 0, BPF_REG_1)};
  Program lowered{arithmetic(BPF_SUB, kOffset, 1), arithmetic(BPF_AND, kOffset, 1),
                  arithmetic(BPF_LSH, kOffset, 3)};
  get_storage(lowered, maps.counters, kCounters);
  append(lowered, {move_number(BPF_REG_1, -1), fetch_add(kCounters, 0, BPF_REG_1)});
  counted.push_back(jump_if(BPF_JEQ, kOffset, 0, lowered.size()));
  append(counted, lowered);

  Program program{move(kContext, BPF_REG_1)};
  get_mark(program, maps.marks, 0);
  program.push_back(jump_if(BPF_JEQ, BPF_REG_0, 0, counted.size()));
  append(program, counted);
  append(program, answer(1));
  return program;
}

}  // namespace croft::cgroups
