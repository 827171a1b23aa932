// Whose address packets have that leave the host, and where those go that come to a forwarded port.
#include <gmock/gmock.h>

#include <optional>

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
    load_ruleset(ruleset({}, {}, Translation::kOn));
    outside.emplace();
  }
  std::optional<Outside> outside;
};

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
  const Box a(1, 10, Isolation::kTenant);
  const Box b(2, 10, Isolation::kTenant);
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
    const SocketAddress other = socket_address(to_text(b.address(way.family)), 4000);
    EXPECT_EQ(talk(a.netns.get(), other, listen_in(*b.netns, other)), own);
  }
}

TEST_F(ROOT_Translation, APoolIsAnElement) {
  const Box a(1, 10, Isolation::kTenant);
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

}  // namespace
}  // namespace croft::netns
