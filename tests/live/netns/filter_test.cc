// A container's own packet filter at work: who gets in and out, what is counted, and what others notice of
// it.
#include <gmock/gmock.h>

#include "netns/ruleset.h"
#include "tests/live/netns/boxes.h"
#include "tests/live/netns/outside.h"

namespace croft::netns {
namespace {

using runtime::Fd;
using test::Box;

struct ROOT_Filter : test::FilteredHost {
  void SetUp() override {
    FilteredHost::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    load_ruleset(ruleset({}, {}, {.translation = true, .filters = true}));
  }
};

PacketFilter filter_of(Verdict in, Verdict out, const std::vector<std::string>& rules) {
  PacketFilter filter{in, out, {}};
  for (const std::string& rule : rules) filter.rules.push_back(parse_packet_rule(rule));
  return filter;
}

void put(const Box& box, const PacketFilter& filter) {
  load_ruleset(put_filter_text(box.link(), filter));
}

// Whether a datagram from one box reaches a port of the other, and the answer comes back; else `box` has
// counted one more.
bool talks(const Box& from, const Box& to, std::uint16_t port, Family family, const Box& box, Drop drop) {
  const SocketAddress at = socket_address(to_text(to.address(family)), port);
  Fd listener;
  test::in_netns(to.netns.get(), [&] { listener = datagram_socket(at); });
  const std::uint64_t before = box.drops(drop);
  Fd socket;
  test::in_netns(from.netns.get(), [&] {
    socket = Fd(::socket(at.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    EXPECT_TRUE(eventually([&] { return sendto(socket.get(), "x", 1, 0, at.get(), at.size) == 1; }));
  });
  EXPECT_TRUE(eventually([&] { return has_datagram(listener) || box.drops(drop) > before; }));
  return has_datagram(listener) && !test::answered(listener).empty() &&
         eventually([&] { return has_datagram(socket); });
}

TEST_F(ROOT_Filter, TheFirstRuleThatFitsDecides) {
  const Box a(1, 10, Isolation::kTenant, kTranslating);
  const Box b(2, 10, Isolation::kTenant, kTranslating);
  const auto in = [&](std::uint16_t port, Family family = Family::kV4) {
    return talks(a, b, port, family, b, Drop::kIn);
  };
  put(b, filter_of(Verdict::kDeny, Verdict::kAllow,
                   {"in deny udp 4005", "in allow udp 4000-4010 from 10.207.0.0/24,fd63:726f:6674::1"}));
  EXPECT_TRUE(in(4000));
  EXPECT_TRUE(in(4001, Family::kV6));
  EXPECT_FALSE(in(4005));
  EXPECT_FALSE(in(4011));
  EXPECT_FALSE(in(4011, Family::kV6));
  EXPECT_EQ(b.drops(Drop::kIn), 3U);
  EXPECT_EQ(a.drops(Drop::kOut), 0U);
  // What it asks for itself is answered.
  EXPECT_TRUE(talks(b, a, 5000, Family::kV4, b, Drop::kIn));
  EXPECT_TRUE(talks(b, a, 5001, Family::kV6, b, Drop::kIn));
}

TEST_F(ROOT_Filter, WhatGoesOutIsFilteredByWhereItGoes) {
  const Box a(1, 10, Isolation::kTenant, kTranslating);
  const Box b(2, 10, Isolation::kTenant, kTranslating);
  const Box c(3, 10, Isolation::kTenant, kTranslating);
  put(a, filter_of(Verdict::kAllow, Verdict::kDeny, {"out allow to 10.207.0.2,fd63:726f:6674::2"}));
  for (const Family family : {Family::kV4, Family::kV6}) {
    EXPECT_TRUE(talks(a, b, 4000, family, a, Drop::kOut));
    EXPECT_FALSE(talks(a, c, 4000, family, a, Drop::kOut));
    EXPECT_TRUE(talks(c, a, 4000, family, a, Drop::kOut)) << "an answer belongs to its connection";
    EXPECT_TRUE(talks(b, c, 4000, family, a, Drop::kOut));
  }
  EXPECT_EQ(a.drops(Drop::kOut), 2U);
}

TEST_F(ROOT_Filter, TheHostIsTheOtherSideToo) {
  const Box a(1, 10, Isolation::kTenant, kTranslating);
  test::run_command("ip address add 192.0.2.1/32 dev lo");
  const SocketAddress host = socket_address("192.0.2.1", 4000);
  const Fd listener = datagram_socket(host);
  put(a, filter_of(Verdict::kDeny, Verdict::kDeny, {}));
  test::in_netns(a.netns.get(), [&] { send_datagram(host); });
  EXPECT_TRUE(eventually([&] { return a.drops(Drop::kOut) == 1; }));
  const Fd sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const SocketAddress there = socket_address("10.207.0.1", 4000);
  // The sender is told, or not, depending on the kernel: what counts is the count.
  static_cast<void>(sendto(sender.get(), "x", 1, 0, there.get(), there.size));
  EXPECT_TRUE(eventually([&] { return a.drops(Drop::kIn) == 1; }));
  put(a, filter_of(Verdict::kDeny, Verdict::kDeny, {"out allow udp 4000 to 192.0.2.1"}));
  test::in_netns(a.netns.get(), [&] { send_datagram(host); });
  EXPECT_TRUE(eventually([&] { return has_datagram(listener); }));
}

TEST_F(ROOT_Filter, ComesAndGoesWithoutATrace) {
  const Box a(1, 10, Isolation::kTenant, kTranslating);
  const Box b(2, 10, Isolation::kTenant, kTranslating);
  load_ruleset(drop_filter_text(b.link()));
  const auto in = [&] { return talks(a, b, 4000, Family::kV4, b, Drop::kIn); };
  put(b, filter_of(Verdict::kDeny, Verdict::kAllow, {}));
  EXPECT_FALSE(in());
  put(b, filter_of(Verdict::kAllow, Verdict::kAllow, {"in deny udp 5000"}));
  EXPECT_TRUE(in());
  put(b, filter_of(Verdict::kDeny, Verdict::kAllow, {}));
  load_ruleset(drop_filter_text(b.link()));
  EXPECT_TRUE(in());
  EXPECT_THROW(load_ruleset("flush chain inet croft in_" + b.link() + "\n"), runtime::Error);
}

// Whatever can be written, nft takes.
TEST_F(ROOT_Filter, EveryKindOfRuleIsTaken) {
  const Box a(1, 10, Isolation::kTenant, kTranslating);
  std::vector<std::string> rules;
  for (const char* kind : {"", " tcp", " tcp 80", " udp 1-65535", " udp 53,5353,6000-6999", " icmp"})
    for (const char* state : {"", " state new", " state invalid"})
      for (const char* verdict : {" allow", " deny"}) {
        rules.push_back(std::string("in") + verdict + kind + " from 0.0.0.0/0,10.0.0.0/8,10.1.2.3,::/0" +
                        state);
        rules.push_back(std::string("out") + verdict + kind + " to 2001:db8::/32" + state);
        rules.push_back(std::string("out") + verdict + kind + state);
      }
  EXPECT_NO_THROW(put(a, filter_of(Verdict::kDeny, Verdict::kDeny, rules)));
  Guard guard = a.guard;
  guard.filter = filter_of(Verdict::kDeny, Verdict::kDeny, rules);
  const Filter all{{guard}, {}};
  EXPECT_TRUE(needed_by(all).filters);
  EXPECT_NO_THROW(load_ruleset(ruleset(all, {}, needed_by(all))));
}

}  // namespace
}  // namespace croft::netns
