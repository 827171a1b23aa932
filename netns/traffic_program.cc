#include "netns/traffic_program.h"

#include <arpa/inet.h>
#include <linux/pkt_cls.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>

#include <cstddef>

#include "netns/shaper_program.h"

namespace croft::netns {
namespace {

using namespace runtime::bpf;

constexpr int kContext = BPF_REG_6;
constexpr int kBytes = BPF_REG_7;
constexpr int kPackets = BPF_REG_8;
constexpr int kHeaders = BPF_REG_9;  // length of those that every segment has

// Places on the stack, downwards from r10. A copy that the packet is too short for is all zeros.
constexpr int kLink = -4;
constexpr int kClass = -8;
constexpr int kPrefix = -32;
constexpr int kCopy = -80;

constexpr std::size_t kOptionHeader =
    2;  // the next header, and the length in units of 8 bytes without the first

bpf_insn load_stack(int size, int to, int place) {
  return load(size, to, BPF_REG_10, static_cast<std::size_t>(place));
}
bpf_insn store_stack(int size, int place, std::uint32_t value) {
  return instruction(BPF_ST | BPF_MEM | size, BPF_REG_10, 0, static_cast<std::size_t>(place), value);
}
bpf_insn field(int to, std::size_t which) {
  return load(BPF_W, to, kContext, which);
}
bpf_insn by_register(int operation, int to, int from) {
  return instruction(BPF_ALU64 | operation | BPF_X, to, from, 0, 0);
}

Program operator+(Program program, const Program& more) {
  program.insert(program.end(), more.begin(), more.end());
  return program;
}

Program pointer(int to, int place) {
  return {move(to, BPF_REG_10), arithmetic(BPF_ADD, to, static_cast<std::uint32_t>(place))};
}

// `part` runs unless `what` and `value` are as `condition` says.
Program unless(int condition, int what, std::uint32_t value, const Program& part) {
  return Program{jump_if(condition, what, value, part.size())} + part;
}

// From r2 on.
Program copy(int place, std::size_t size) {
  return Program{move(BPF_REG_1, kContext)} + pointer(BPF_REG_3, place) +
         Program{move_number(BPF_REG_4, static_cast<std::int32_t>(size)), call(BPF_FUNC_skb_load_bytes)};
}
Program copy_at(std::size_t where, int place, std::size_t size) {
  return Program{move_number(BPF_REG_2, static_cast<std::int32_t>(where))} + copy(place, size);
}

// r0 = the value, or null.
Program look_up(const runtime::Fd& map, int key) {
  Program program;
  load_map(program, BPF_REG_1, map);
  return program + pointer(BPF_REG_2, key) + Program{call(BPF_FUNC_map_lookup_elem)};
}

// The class of the address that begins at `where`; without one it stays.
Program classify(const runtime::Fd& trie, std::size_t where, std::size_t size) {
  return Program{store_stack(BPF_W, kPrefix, static_cast<std::uint32_t>(size) * 8)} +
         copy_at(where, kPrefix + static_cast<int>(offsetof(PrefixKey, address)), size) +
         look_up(trie, kPrefix) +
         unless(BPF_JEQ, BPF_REG_0, 0,
                {load(BPF_W, BPF_REG_1, BPF_REG_0, 0),
                 store(BPF_W, BPF_REG_10, static_cast<std::size_t>(kClass), BPF_REG_1)});
}

// `v4` or `v6` by what the link says is in the frame.
Program by_family(const Program& v4, const Program& v6) {
  const auto only = [](std::uint16_t type, const Program& part) {
    return Program{field(BPF_REG_1, offsetof(__sk_buff, protocol))} +
           unless(BPF_JNE, BPF_REG_1, htons(type), part);
  };
  return only(ETH_P_IP, v4) + only(ETH_P_IPV6, v6);
}

// These leave the transport's number in r5.
Program ipv4_headers() {
  return copy_at(ETH_HLEN, kCopy, sizeof(iphdr)) +
         Program{load_stack(BPF_B, kHeaders, kCopy), arithmetic(BPF_AND, kHeaders, 0xf),
                 arithmetic(BPF_LSH, kHeaders, 2), arithmetic(BPF_ADD, kHeaders, ETH_HLEN),
                 load_stack(BPF_B, BPF_REG_5, kCopy + static_cast<int>(offsetof(iphdr, protocol)))};
}

// The kernel's own packets have one option at most, when they are longer than 64 KiB.
Program ipv6_headers() {
  constexpr int kOption = kCopy + static_cast<int>(sizeof(ip6_hdr));
  const Program option{load_stack(BPF_B, BPF_REG_5, kOption), load_stack(BPF_B, BPF_REG_1, kOption + 1),
                       arithmetic(BPF_ADD, BPF_REG_1, 1), arithmetic(BPF_LSH, BPF_REG_1, 3),
                       add_register(kHeaders, BPF_REG_1)};
  return copy_at(ETH_HLEN, kCopy, sizeof(ip6_hdr) + kOptionHeader) +
         Program{move_number(kHeaders, ETH_HLEN + sizeof(ip6_hdr)),
                 load_stack(BPF_B, BPF_REG_5, kCopy + static_cast<int>(offsetof(ip6_hdr, ip6_nxt)))} +
         unless(BPF_JNE, BPF_REG_5, IPPROTO_HOPOPTS, option);
}

Program transport_headers() {
  constexpr std::uint32_t kDataOffset = 12;  // in the high half of that byte, in units of 4 bytes
  const Program tcp = Program{move(BPF_REG_2, kHeaders), arithmetic(BPF_ADD, BPF_REG_2, kDataOffset)} +
                      copy(kCopy, 1) +
                      Program{load_stack(BPF_B, BPF_REG_1, kCopy), arithmetic(BPF_RSH, BPF_REG_1, 4),
                              arithmetic(BPF_LSH, BPF_REG_1, 2), add_register(kHeaders, BPF_REG_1)};
  return unless(BPF_JNE, BPF_REG_5, IPPROTO_UDP, {arithmetic(BPF_ADD, kHeaders, 8)}) +
         unless(BPF_JNE, BPF_REG_5, IPPROTO_TCP, tcp);
}

// How many segments a packet is that is yet to be cut. Who sends it by a packet socket may leave that out.
Program count_segments() {
  const Program divided{field(BPF_REG_1, offsetof(__sk_buff, gso_size)),
                        move(kPackets, kBytes),
                        by_register(BPF_SUB, kPackets, kHeaders),
                        add_register(kPackets, BPF_REG_1),
                        arithmetic(BPF_SUB, kPackets, 1),
                        by_register(BPF_DIV, kPackets, BPF_REG_1)};
  const Program shorter{instruction(BPF_JMP | BPF_JGT | BPF_X, kBytes, kHeaders, 1, 0),
                        move(kHeaders, kBytes)};
  return shorter + Program{field(kPackets, offsetof(__sk_buff, gso_segs))} +
         unless(BPF_JNE, kPackets, 0, divided) + unless(BPF_JNE, kPackets, 0, {move_number(kPackets, 1)});
}

Program cut() {
  return Program{move_number(kHeaders, ETH_HLEN), move_number(BPF_REG_5, 0)} +
         by_family(ipv4_headers() + transport_headers(), ipv6_headers() + transport_headers()) +
         count_segments() +
         Program{move(BPF_REG_1, kPackets), arithmetic(BPF_SUB, BPF_REG_1, 1),
                 by_register(BPF_MUL, BPF_REG_1, kHeaders), add_register(kBytes, BPF_REG_1)};
}

// All CPUs add to the same numbers: a container is seldom busy on many of them at once, and what counts each
// CPU apart has memory for each CPU of each container, which the kernel cannot always give.
Program add_to(const runtime::Fd& links, Direction direction) {
  const auto add = [](std::size_t offset, int by) {
    return instruction(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_0, by, offset, BPF_ADD);
  };
  const std::size_t at =
      offsetof(LinkCounts, classes) +
      (direction == Direction::kIn ? offsetof(ClassTraffic, in) : offsetof(ClassTraffic, out));
  static_assert((kClasses & (kClasses - 1)) == 0);
  return look_up(links, kLink) +
         unless(BPF_JEQ, BPF_REG_0, 0,
                {load_stack(BPF_W, BPF_REG_1, kClass), arithmetic(BPF_AND, BPF_REG_1, kClasses - 1),
                 arithmetic(BPF_MUL, BPF_REG_1, sizeof(ClassTraffic)), add_register(BPF_REG_0, BPF_REG_1),
                 add(at + offsetof(Count, packets), kPackets), add(at + offsetof(Count, bytes), kBytes)});
}

Program start() {
  return {move(kContext, BPF_REG_1),
          field(BPF_REG_1, offsetof(__sk_buff, ifindex)),
          store(BPF_W, BPF_REG_10, static_cast<std::size_t>(kLink), BPF_REG_1),
          move_number(kPackets, 1),
          field(kBytes, offsetof(__sk_buff, len)),
          move_number(kHeaders, 0)};
}

// What was counted before it waited in a queue of the shaper comes by once more.
Program counted_before() {
  return Program{field(BPF_REG_1, offsetof(__sk_buff, ingress_ifindex))} +
         unless(BPF_JNE, BPF_REG_1, static_cast<std::uint32_t>(kInTree),
                {move_number(BPF_REG_0, TC_ACT_UNSPEC), leave()});
}

}  // namespace

Program classify_packet(const TrafficMaps& maps, Direction direction) {
  const bool in = direction == Direction::kIn;
  const std::size_t v4 = ETH_HLEN + (in ? offsetof(iphdr, saddr) : offsetof(iphdr, daddr));
  const std::size_t v6 = ETH_HLEN + (in ? offsetof(ip6_hdr, ip6_src) : offsetof(ip6_hdr, ip6_dst));
  return Program{store_stack(BPF_W, kClass, 0)} +
         by_family(classify(maps.prefix4, v4, sizeof(in_addr)),
                   classify(maps.prefix6, v6, sizeof(in6_addr))) +
         Program{load_stack(BPF_W, BPF_REG_1, kClass)};
}

Program assemble_traffic(const TrafficMaps& maps, Direction direction) {
  const bool in = direction == Direction::kIn;
  return start() + (in ? counted_before() : Program{}) + classify_packet(maps, direction) +
         Program{field(BPF_REG_1, offsetof(__sk_buff, gso_size))} + unless(BPF_JEQ, BPF_REG_1, 0, cut()) +
         add_to(maps.links, direction) + Program{move_number(BPF_REG_0, TC_ACT_UNSPEC), leave()};
}

}  // namespace croft::netns
