#include "netns/shaper_program.h"

#include <linux/pkt_sched.h>

#include <cstddef>

namespace croft::netns {
namespace {

using namespace runtime::bpf;

constexpr int kContext = BPF_REG_6;
constexpr int kLink = -4;  // on the stack

Program operator+(Program program, const Program& more) {
  program.insert(program.end(), more.begin(), more.end());
  return program;
}

bpf_insn field(int to, std::size_t which) {
  return load(BPF_W, to, kContext, which);
}

Program answer(std::int32_t value) {
  return {move_number(BPF_REG_0, value), leave()};
}

// `part` runs when `what` is `value`.
Program when(int what, std::uint32_t value, const Program& part) {
  return Program{jump_if(BPF_JNE, what, value, part.size())} + part;
}

// r0 = the ShapedLink of the index in that field; without one the program ends.
Program look_up(const runtime::Fd& links, std::size_t which) {
  Program program{move(kContext, BPF_REG_1), field(BPF_REG_1, which),
                  store(BPF_W, BPF_REG_10, static_cast<std::size_t>(kLink), BPF_REG_1)};
  load_map(program, BPF_REG_1, links);
  return program +
         Program{move(BPF_REG_2, BPF_REG_10),
                 arithmetic(BPF_ADD, BPF_REG_2, static_cast<std::uint32_t>(kLink)),
                 call(BPF_FUNC_map_lookup_elem)} +
         when(BPF_REG_0, 0, answer(0));
}

}  // namespace

Program assemble_selection(const runtime::Fd& links, Direction direction) {
  const bool in = direction == Direction::kIn;
  const std::size_t passing = in ? offsetof(ShapedLink, in) : offsetof(ShapedLink, out);
  Program program = look_up(links, offsetof(__sk_buff, ifindex)) +
                    Program{load(BPF_W, BPF_REG_2, BPF_REG_0, passing)} +
                    when(BPF_REG_2, static_cast<std::uint32_t>(Passing::kNone), answer(0)) +
                    when(BPF_REG_2, static_cast<std::uint32_t>(Passing::kAll), answer(-1));
  if (!in) return program + answer(-1);
  // Only what came over the uplink, or now comes out of the tree.
  return program +
         Program{field(BPF_REG_1, offsetof(__sk_buff, ingress_ifindex)),
                 load(BPF_W, BPF_REG_2, BPF_REG_0, offsetof(ShapedLink, uplink))} +
         when(BPF_REG_1, static_cast<std::uint32_t>(kInTree), answer(-1)) +
         Program{instruction(BPF_JMP | BPF_JNE | BPF_X, BPF_REG_1, BPF_REG_2, 2, 0)} + answer(-1) + answer(0);
}

Program assemble_classes(const runtime::Fd& links, const TrafficMaps& traffic, Direction direction) {
  constexpr int kShaped = BPF_REG_7;
  constexpr int kAnswer = BPF_REG_8;
  const std::size_t leaves =
      direction == Direction::kIn ? offsetof(ShapedLink, leaves_in) : offsetof(ShapedLink, leaves_out);
  const Program name{move(BPF_REG_0, kAnswer), arithmetic(BPF_OR, BPF_REG_0, TC_H_MAKE(1U << 16, 0)),
                     leave()};
  return look_up(links, offsetof(__sk_buff, ingress_ifindex)) +
         Program{move(kShaped, BPF_REG_0), load(BPF_W, kAnswer, kShaped, offsetof(ShapedLink, number)),
                 arithmetic(BPF_ADD, kAnswer, kGeneralLeaf),
                 load(BPF_W, BPF_REG_1, kShaped, offsetof(ShapedLink, by_class))} +
         when(BPF_REG_1, 0, name) + classify_packet(traffic, direction) +
         Program{arithmetic(BPF_AND, BPF_REG_1, kClasses - 1), arithmetic(BPF_LSH, BPF_REG_1, 1),
                 instruction(BPF_ALU64 | BPF_ADD | BPF_X, kShaped, BPF_REG_1, 0, 0),
                 load(BPF_H, BPF_REG_1, kShaped, leaves)} +
         when(BPF_REG_1, 0, name) + Program{move(kAnswer, BPF_REG_1)} + name;
}

}  // namespace croft::netns
