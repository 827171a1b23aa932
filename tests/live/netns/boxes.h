// Containers of the live tests: net namespaces with a link, addresses and a guard, behind a host with the
// rules.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "netns/forwarding.h"
#include "netns/messages.h"
#include "netns/ruleset.h"
#include "tests/live/netns/namespaces.h"
#include "tests/live/netns/packets.h"

namespace croft::netns::test {

inline std::string uuid_number(unsigned n) {
  std::array<char, 40> text{};
  static_cast<void>(snprintf(text.data(), text.size(), "%08x-c0de-4000-8000-000000000000", n));
  return text.data();
}

struct Box {
  Guard guard;
  runtime::FdSlot netns = new_netns();

  Parts parts;

  Box(unsigned number, std::uint32_t realm, Isolation isolation, const Parts& rules = {},
      const std::vector<std::string>& forwards = {})
      : guard{uuid_number(number),
              {parse_address("10.207.0." + std::to_string(number)),
               parse_address("fd63:726f:6674::" + std::to_string(number))},
              realm,
              isolation,
              {}},
        parts(rules) {
    for (const std::string& text : forwards) guard.forwards.push_back(parse_forward(text));
    Nftables().change({}, elements());
    InterfaceIntent intent;
    intent.uuid = guard.uuid;
    intent.addresses = guard.addresses;
    MakeVeth{intent, netns}.apply();
    in_netns(netns.get(), [&] { configure(intent); });
  }

  static void configure(const InterfaceIntent& intent) {
    std::vector<Message> batch;
    batch.push_back(link_up(1, "lo"));
    batch.push_back(link_up(kInsideIndex, "eth0"));
    for (const Address& address : intent.addresses)
      batch.push_back(new_address(kInsideIndex, "eth0", address, whole(address).length));
    batch.push_back(new_route(kInsideIndex, "eth0", whole(gateway_v4()), std::nullopt));
    batch.push_back(new_route(kInsideIndex, "eth0", parse_prefix("0.0.0.0/0"), gateway_v4()));
    batch.push_back(new_route(kInsideIndex, "eth0", parse_prefix("::/0"), gateway_v6()));
    NetlinkSocket().request(batch);
  }

  [[nodiscard]] std::vector<Element> elements() const { return with_sets(elements_of(guard), parts); }
  [[nodiscard]] std::string link() const { return host_link_name(guard.uuid); }
  [[nodiscard]] const Address& address(Family family) const {
    return guard.addresses[family == Family::kV4 ? 0 : 1];
  }
  // Whether a datagram from here arrives there; else it was counted as dropped.
  [[nodiscard]] bool reaches(const Box& other, Family family) const {
    const SocketAddress to = socket_address(to_text(other.address(family)), 4000);
    runtime::Fd listener;
    in_netns(other.netns.get(), [&] { listener = datagram_socket(to); });
    const std::uint64_t before = all_drops();
    in_netns(netns.get(), [&] { send_datagram(to); });
    EXPECT_TRUE(eventually([&] { return has_datagram(listener) || all_drops() > before; }));
    return has_datagram(listener);
  }
  [[nodiscard]] std::uint64_t all_drops() const {
    std::uint64_t sum = 0;
    for (const Drop drop : kDrops) sum += drops(drop);
    return sum;
  }
  void send(const std::string& frame) const {
    in_netns(netns.get(), [&] { send_frame("eth0", frame); });
  }
  [[nodiscard]] std::uint64_t drops(Drop drop) const {
    for (const Dropped& one : Nftables().dropped())
      if (one.link == link() && one.drop == drop) return one.packets;
    return 0;
  }
};

// "The host" is a net namespace of the test's own with the rules loaded.
struct FilteredHost : testing::Test {
  void SetUp() override {
    if (getuid() != 0) GTEST_SKIP() << "needs ROOT: makes net namespaces";
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    std::vector<Message> batch;
    batch.push_back(link_up(1, "lo"));
    NetlinkSocket().request(batch);
    EnableForwarding{}.apply();
    load_ruleset(ruleset({}, {}));
  }
};

}  // namespace croft::netns::test
