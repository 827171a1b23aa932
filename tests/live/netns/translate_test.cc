// Whose address packets have that leave the host, and where those go that come to a forwarded port.
#include <gmock/gmock.h>

#include <optional>

#include "netns/listeners.h"
#include "netns/ruleset.h"
#include "tests/live/netns/boxes.h"
#include "tests/live/netns/outside.h"

namespace croft::netns {
namespace {

using runtime::Fd;
using test::Box;
using test::Outside;

struct ROOT_Translation : test::FilteredHost {
  void SetUp() override {
    FilteredHost::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    load_ruleset(ruleset({}, {}, kTranslating));
    outside.emplace();
  }
  std::optional<Outside> outside;
};

// Each of another tenant.
Box box(unsigned number, const std::vector<std::string>& forwards = {}) {
  return {number, 10 + number, number < 9 ? Isolation::kTenant : Isolation::kAll, kTranslating, forwards};
}

// Sends a datagram to `to` where `sender` is, which `listener` answers; says who it believes has sent it, if
// the answer arrives.
std::string talk(const Fd* sender, const SocketAddress& to, const Fd& listener) {
  std::string from;
  test::in_netns(sender, [&] {
    const Fd socket(::socket(to.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!eventually([&] { return sendto(socket.get(), "x", 1, 0, to.get(), to.size) == 1; })) return;
    from = test::answered(listener);
    if (!eventually([&] { return has_datagram(socket); })) from = "no answer to " + from;
  });
  return from;
}

Fd listen_in(const Fd& netns, const SocketAddress& at) {
  Fd listener;
  test::in_netns(&netns, [&] { listener = datagram_socket(at); });
  return listener;
}

Fd this_netns() {
  return runtime::open_file("/proc/thread-self/ns/net", O_RDONLY);
}

TEST_F(ROOT_Translation, WhatLeavesTheHostHasItsAddress) {
  const Box a = box(1);
  const Box same(2, a.guard.realm, Isolation::kTenant, kTranslating);
  Nftables().change(
      {}, {masquerade(parse_prefix("10.207.0.0/24")), masquerade(parse_prefix("fd63:726f:6674::/64"))});
  const Fd host = this_netns();
  struct Way {
    Family family;
    const char* away;
    const char* host;
  };
  for (const Way& way :
       {Way{Family::kV4, "192.0.2.2", "192.0.2.1"}, Way{Family::kV6, "2001:db8::2", "2001:db8::1"}}) {
    const std::string own = to_text(a.address(way.family));
    const SocketAddress away = socket_address(way.away, 4000);
    EXPECT_EQ(talk(a.netns.get(), away, listen_in(*outside->netns, away)), way.host);
    const SocketAddress near = socket_address(way.host, 4000);
    EXPECT_EQ(talk(a.netns.get(), near, listen_in(host, near)), own);
    const SocketAddress other = socket_address(to_text(same.address(way.family)), 4000);
    EXPECT_EQ(talk(a.netns.get(), other, listen_in(*same.netns, other)), own);
  }
}

TEST_F(ROOT_Translation, APoolIsAnElement) {
  const Box a = box(1);
  const Fd listener = listen_in(*outside->netns, socket_address("192.0.2.2", 4000));
  const auto source = [&] {
    test::in_netns(a.netns.get(), [] { send_datagram(socket_address("192.0.2.2", 4000)); });
    return test::answered(listener);
  };
  test::in_netns(outside->netns.get(), [] { test::run_command("ip route add 10.207.0.0/16 via 192.0.2.1"); });
  EXPECT_EQ(source(), "10.207.0.1");
  const Element whole = masquerade(parse_prefix("10.207.0.0/30"));
  const Element next = masquerade(parse_prefix("10.207.0.4/30"));
  Nftables kernel;
  kernel.change({}, {whole, next});
  EXPECT_EQ(source(), "192.0.2.1");
  kernel.change({}, {whole});
  EXPECT_EQ(kernel.present({whole, next}).size(), 2U);
  kernel.change({whole}, {});
  EXPECT_EQ(source(), "10.207.0.1");
  EXPECT_THROW(kernel.change({whole}, {}), runtime::Error);
  kernel.change({next}, {});
}

struct Side {
  Family family;
  const char* host;
};
constexpr Side kSides[] = {{Family::kV4, "192.0.2.1"}, {Family::kV6, "2001:db8::1"}};

TEST_F(ROOT_Translation, AForwardedPortLeadsFromEverywhere) {
  const Box own = box(1, {"8080-8081:4000-4001/udp"});
  const Box other = box(2);
  const Box alone = box(9);
  const Fd host = this_netns();
  for (const Side& side : kSides) {
    const Fd listener = listen_in(*own.netns, socket_address(to_text(own.address(side.family)), 4001));
    const SocketAddress port = socket_address(side.host, 8081);
    EXPECT_EQ(talk(outside->netns.get(), port, listener),
              side.family == Family::kV4 ? "192.0.2.2" : "2001:db8::2");
    EXPECT_EQ(talk(other.netns.get(), port, listener), to_text(other.address(side.family)));
    EXPECT_EQ(talk(alone.netns.get(), port, listener), to_text(alone.address(side.family)));
    EXPECT_EQ(talk(&host, port, listener), side.host);
    EXPECT_EQ(talk(own.netns.get(), port, listener), side.family == Family::kV4 ? "169.254.1.1" : "fe80::1");
  }
  EXPECT_FALSE(other.reaches(own, Family::kV4));
  EXPECT_EQ(other.drops(Drop::kIsolation), 1U);
}

TEST_F(ROOT_Translation, AForwardOfOneAddressLeavesTheOthers) {
  test::run_command("ip address add 192.0.2.9/32 dev lo");
  const Box own = box(1, {"192.0.2.9:8080:4000/udp"});
  const Box any = box(2, {"8081:4000/udp"});
  const Fd listener = listen_in(*own.netns, socket_address(to_text(own.address(Family::kV4)), 4000));
  const Fd host = listen_in(this_netns(), socket_address("0.0.0.0", 8080));
  test::in_netns(outside->netns.get(), [] { test::run_command("ip route add 192.0.2.9/32 via 192.0.2.1"); });
  EXPECT_EQ(talk(outside->netns.get(), socket_address("192.0.2.9", 8080), listener), "192.0.2.2");
  EXPECT_EQ(talk(outside->netns.get(), socket_address("192.0.2.1", 8080), host), "192.0.2.2");
  const Fd other = listen_in(*any.netns, socket_address(to_text(any.address(Family::kV4)), 4000));
  EXPECT_EQ(talk(outside->netns.get(), socket_address("192.0.2.9", 8081), other), "192.0.2.2");
}

// What is on the host's loopback addresses stays there.
TEST_F(ROOT_Translation, LoopbackIsNotForwarded) {
  const Box own = box(1, {"8080:4000/udp"});
  const Fd host = this_netns();
  for (const char* address : {"127.0.0.1", "::1"}) {
    const Fd listener = listen_in(host, socket_address(address, 8080));
    EXPECT_EQ(talk(&host, socket_address(address, 8080), listener), address);
  }
}

TEST_F(ROOT_Translation, ThousandPortsComeAndGoAsOne) {
  const Box own = box(1, {"20000-21023:20000-21023/udp"});
  Guard without = own.guard;
  without.forwards.clear();
  Nftables kernel;
  EXPECT_EQ(kernel.present(own.elements()).size(), own.elements().size());
  kernel.change(own.elements(), elements_of(without));
  EXPECT_EQ(kernel.present(own.elements()).size(), elements_of(without).size());
  kernel.change(elements_of(without), own.elements());
  kernel.change(own.elements(), own.elements());
  const Fd listener = listen_in(*own.netns, socket_address(to_text(own.address(Family::kV6)), 21023));
  EXPECT_EQ(talk(outside->netns.get(), socket_address("2001:db8::1", 21023), listener), "2001:db8::2");
}

TEST_F(ROOT_Translation, AListenerOfTheHostIsSeen) {
  const auto found = [](const char* forward) {
    return listener_behind(parse_forward(forward)).value_or("none");
  };
  const Fd udp = listen_in(this_netns(), socket_address("192.0.2.1", 5353));
  const Fd any = listen_in(this_netns(), socket_address("::", 5354));
  const Fd loopback = listen_in(this_netns(), socket_address("127.0.0.1", 5355));
  EXPECT_EQ(found("5353:53/udp"), "192.0.2.1:5353");
  EXPECT_EQ(found("5000-6000:5000-6000/udp").substr(0, 1), "1");
  EXPECT_EQ(found("192.0.2.1:5353:53/udp"), "192.0.2.1:5353");
  EXPECT_EQ(found("192.0.2.9:5353:53/udp"), "none");
  EXPECT_EQ(found("5353:53/tcp"), "none");
  EXPECT_EQ(found("192.0.2.9:5354:53/udp"), "[::]:5354");
  EXPECT_EQ(found("5355:53/udp"), "none");
  const Fd tcp(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress at = socket_address("::", 5356);
  ASSERT_EQ(bind(tcp.get(), at.get(), at.size), 0);
  EXPECT_EQ(found("5356:53"), "none");
  ASSERT_EQ(listen(tcp.get(), 1), 0);
  EXPECT_EQ(found("5356:53"), "[::]:5356");
}

}  // namespace
}  // namespace croft::netns
