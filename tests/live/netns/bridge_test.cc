// Ports of a bridge at work between net namespaces that the test made: what a neighbour may send, what the
// bridge believes, and what is dropped and counted.
#include "netns/bridge.h"

#include <gmock/gmock.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "netns/messages.h"
#include "netns/parent.h"
#include "netns/port_guard.h"
#include "netns/ruleset.h"
#include "tests/live/netns/boxes.h"
#include "tests/live/netns/packets.h"

namespace croft::netns {
namespace {

using test::in_netns;
using test::uuid_number;

constexpr Parts kPorts{.ports = true};
constexpr const char* kBridge = "croft-test-br";

Message new_bridge() {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "bridge");
  message.header(ifinfomsg{}).put_text(IFLA_IFNAME, kBridge);
  message.nest(IFLA_LINKINFO, [](Message& info) { info.put_text(IFLA_INFO_KIND, "bridge"); });
  return message;
}

struct PortBox {
  Guard guard;
  LanIntent intent;
  runtime::FdSlot netns = test::new_netns();

  explicit PortBox(unsigned number, const std::vector<std::string>& addresses,
                   Isolation isolation = Isolation::kTenant)
      : guard{uuid_number(number), {}, 7, isolation} {
    guard.on_bridge = true;
    intent.uuid = guard.uuid;
    intent.mac = inside_mac(guard.uuid);
    intent.parent = kBridge;
    for (const std::string& text : addresses) {
      intent.addresses.push_back(parse_lan_address(text));
      guard.addresses.push_back(intent.addresses.back().address);
    }
    Nftables().change({}, elements_of(guard));
    JoinBridge{.intent = intent, .netns = netns}.apply();
    in_netns(netns.get(), [&] { configure(); });
  }

  void configure() const {
    std::vector<Message> batch;
    batch.push_back(link_up(kInsideIndex, "eth0"));
    for (const LanAddress& one : intent.addresses)
      batch.push_back(new_address(kInsideIndex, "eth0", one.address, one.length));
    NetlinkSocket().request(batch);
  }

  [[nodiscard]] const Mac& mac() const { return intent.mac; }
  [[nodiscard]] const Address& address(Family family) const {
    return guard.addresses.at(family == Family::kV4 ? 0 : 1);
  }
  void send(const std::string& frame) const {
    in_netns(netns.get(), [&] { send_frame("eth0", frame); });
  }
  [[nodiscard]] std::uint64_t drops(Drop drop) const {
    for (const Dropped& one : Nftables().dropped())
      if (one.on_bridge && one.link == host_link_name(guard.uuid) && one.drop == drop) return one.packets;
    return 0;
  }
  [[nodiscard]] runtime::Fd listen(Family family) const {
    runtime::Fd listener;
    in_netns(netns.get(),
             [&] { listener = datagram_socket(socket_address(to_text(address(family)), 4000)); });
    return listener;
  }
  // Whether a datagram that is sent there by whoever `sends` comes here.
  [[nodiscard]] bool hears(Family family, const std::function<void(const SocketAddress&)>& sends) const {
    const runtime::Fd listener = listen(family);
    sends(socket_address(to_text(address(family)), 4000));
    return eventually([&] { return has_datagram(listener); });
  }
};

struct ROOT_Port : test::FilteredHost {
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(FilteredHost::SetUp());
    if (IsSkipped()) return;
    load_ruleset(ruleset({}, {}, kPorts));
    std::vector<Message> batch;
    batch.push_back(new_bridge());
    NetlinkSocket().request(batch);
    const int index = find_parent(kBridge).index;
    batch.clear();
    batch.push_back(link_up(index, kBridge));
    batch.push_back(new_address(index, kBridge, parse_address("192.0.2.1"), 24));
    batch.push_back(new_address(index, kBridge, parse_address("2001:db8::1"), 64));
    NetlinkSocket().request(batch);
  }
};

std::vector<std::string> addresses(unsigned number) {
  const std::string text = std::to_string(number);
  return {"192.0.2." + text + "/24", "2001:db8::" + text + "/64"};
}

constexpr Mac kEverybody{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr Mac kLldp{0x01, 0x80, 0xc2, 0, 0, 0x0e};

std::string tagged(const std::string& rest) {
  return number16(ETH_P_8021Q) + number16(7) + rest;
}

// From the port of a server to that of a client, of a packet that udp4 or udp6 made without a checksum.
std::string as_server(std::string packet, std::uint16_t from, std::uint16_t to) {
  const std::string ports = number16(4001) + number16(4000);
  return packet.replace(packet.find(ports), ports.size(), number16(from) + number16(to));
}

TEST_F(ROOT_Port, HostAndNeighboursReachEachOther) {
  const PortBox a(1, addresses(11));
  const PortBox b(2, addresses(12));
  for (const Family family : {Family::kV4, Family::kV6}) {
    EXPECT_TRUE(b.hears(
        family, [&](const SocketAddress& to) { in_netns(a.netns.get(), [&] { send_datagram(to); }); }));
    EXPECT_TRUE(a.hears(family, [](const SocketAddress& to) { send_datagram(to); }));
  }
  for (const Drop drop : {Drop::kMac, Drop::kIpv4, Drop::kArp, Drop::kIsolation, Drop::kFrame, Drop::kDhcp})
    EXPECT_EQ(a.drops(drop) + b.drops(drop), 0U) << to_text(drop);
}

TEST_F(ROOT_Port, WhatIsNotItsOwnIsDroppedAndCounted) {
  const PortBox a(1, addresses(11));
  const PortBox b(2, addresses(12));
  const Address mine4 = a.address(Family::kV4);
  const Address mine6 = a.address(Family::kV6);
  const Address theirs4 = b.address(Family::kV4);
  const Address theirs6 = b.address(Family::kV6);
  const Address local = link_local_of(b.mac());
  struct Attempt {
    Drop drop;
    Mac from;
    std::string rest;
  };
  const std::vector<Attempt> attempts{
      {Drop::kMac, b.mac(), udp4(mine4, theirs4)},
      {Drop::kMac, b.mac(), arp_reply(b.mac(), theirs4, mine4)},
      {Drop::kIpv4, a.mac(), udp4(theirs4, mine4)},
      {Drop::kIpv4, a.mac(), udp4(parse_address("192.0.2.1"), theirs4)},
      {Drop::kIpv6, a.mac(), udp6(theirs6, mine6)},
      {Drop::kIpv6, a.mac(), udp6(local, mine6)},
      {Drop::kArp, a.mac(), arp_reply(a.mac(), theirs4, mine4)},
      {Drop::kArp, a.mac(), arp_reply(b.mac(), mine4, theirs4)},
      {Drop::kNdp, a.mac(), advertisement(mine6, theirs6, theirs6)},
      {Drop::kNdp, a.mac(), advertisement(mine6, theirs6, local)},
      {Drop::kNdp, a.mac(), router_advertisement(mine6, theirs6)},
      {Drop::kDhcp, a.mac(), as_server(udp4(mine4, theirs4), 67, 68)},
      {Drop::kDhcp, a.mac(), as_server(udp6(mine6, theirs6), 547, 546)},
      {Drop::kFrame, a.mac(), tagged(udp4(mine4, theirs4))},
      {Drop::kFrame, a.mac(), tagged(arp_reply(a.mac(), mine4, theirs4))},
      {Drop::kFrame, a.mac(), number16(0x8863) + std::string(46, 'x')},
  };
  for (const Attempt& attempt : attempts) {
    const std::uint64_t before = a.drops(attempt.drop);
    a.send(ethernet(b.mac(), attempt.from, attempt.rest));
    a.send(ethernet(kEverybody, attempt.from, attempt.rest));
    EXPECT_TRUE(eventually([&] { return a.drops(attempt.drop) == before + 2; }))
        << to_text(attempt.drop) << " of attempt " << &attempt - attempts.data();
  }
  for (const Drop drop : kDrops) EXPECT_EQ(b.drops(drop), 0U) << to_text(drop);
}

// Frames to the addresses of IEEE 802.1D come to the host without passing the hook of others, and a bridge
// learns from them.
TEST_F(ROOT_Port, NoFrameTakesTheAddressOfANeighbour) {
  const PortBox a(1, addresses(11));
  const PortBox b(2, addresses(12));
  for (int i = 0; i < 3; ++i) {
    a.send(ethernet(kLldp, b.mac(), number16(0x88cc) + std::string(46, '\0')));
    a.send(ethernet(kLldp, a.mac(), udp4(a.address(Family::kV4), parse_address("192.0.2.1"))));
    a.send(ethernet(kEverybody, b.mac(),
                    arp_reply(b.mac(), b.address(Family::kV4), parse_address("192.0.2.1"))));
  }
  EXPECT_TRUE(eventually([&] { return a.drops(Drop::kMac) == 3; }));
  EXPECT_TRUE(b.hears(Family::kV4, [](const SocketAddress& to) { send_datagram(to); }));
}

TEST_F(ROOT_Port, NothingFromAPortIsTheHostsOwn) {
  const PortBox a(1, addresses(11));
  const runtime::Fd listener = datagram_socket(socket_address("192.0.2.1", 4000));
  a.send(ethernet(kLldp, a.mac(), udp4(a.address(Family::kV4), parse_address("192.0.2.1"))));
  EXPECT_TRUE(a.hears(Family::kV4, [](const SocketAddress& to) { send_datagram(to); }));
  EXPECT_FALSE(has_datagram(listener));
}

TEST_F(ROOT_Port, WithoutStatedAddressesItHasNoneOfOthers) {
  const PortBox free(1, {});
  const PortBox b(2, addresses(12));
  const Address theirs4 = b.address(Family::kV4);
  const Address theirs6 = b.address(Family::kV6);
  const Address some4 = parse_address("192.0.2.77");
  const Address some6 = parse_address("2001:db8::77");
  const runtime::Fd listener = b.listen(Family::kV4);
  free.send(ethernet(b.mac(), free.mac(), udp4(theirs4, theirs4)));
  free.send(ethernet(b.mac(), free.mac(), arp_reply(free.mac(), theirs4, some4)));
  free.send(ethernet(b.mac(), free.mac(), udp6(theirs6, theirs6)));
  free.send(ethernet(b.mac(), free.mac(), advertisement(some6, theirs6, theirs6)));
  free.send(ethernet(b.mac(), free.mac(), advertisement(some6, theirs6, link_local_of(b.mac()))));
  EXPECT_TRUE(eventually([&] { return free.drops(Drop::kNdp) == 2; }));
  EXPECT_EQ(free.drops(Drop::kIpv4), 1U);
  EXPECT_EQ(free.drops(Drop::kArp), 1U);
  EXPECT_EQ(free.drops(Drop::kIpv6), 1U);
  EXPECT_FALSE(has_datagram(listener));
  free.send(ethernet(b.mac(), free.mac(), udp4(some4, theirs4)));
  EXPECT_TRUE(eventually([&] { return has_datagram(listener); }));
}

TEST_F(ROOT_Port, IsolationIsBetweenPortsToo) {
  const PortBox a(1, addresses(11));
  const PortBox alone(2, addresses(12), Isolation::kAll);
  const auto send = [&] {
    a.send(ethernet(alone.mac(), a.mac(), udp4(a.address(Family::kV4), alone.address(Family::kV4))));
  };
  {
    const runtime::Fd listener = alone.listen(Family::kV4);
    const std::uint64_t before = a.drops(Drop::kIsolation);  // what IPv6 tells all neighbours counts too
    send();
    EXPECT_TRUE(eventually([&] { return a.drops(Drop::kIsolation) > before; }));
    EXPECT_FALSE(has_datagram(listener));
    Guard open = alone.guard;
    open.isolation = Isolation::kTenant;
    Nftables().change({}, elements_of(open));
    send();
    EXPECT_TRUE(eventually([&] { return has_datagram(listener); }));
  }
  EXPECT_TRUE(alone.hears(Family::kV4, [](const SocketAddress& to) { send_datagram(to); }));
}

TEST_F(ROOT_Port, AParentThatWillNotDoLeavesNothing) {
  LanIntent intent;
  intent.uuid = uuid_number(1);
  intent.mac = inside_mac(intent.uuid);
  intent.parent = "lo";
  const auto refused = [&] { return JoinBridge{.intent = intent, .netns = test::new_netns()}; };
  EXPECT_THROW(refused().apply(), runtime::Error);
  intent.parent = "croft-test-no";
  EXPECT_THROW(refused().apply(), runtime::Error);
  intent.parent = kBridge;
  intent.mtu = 1501;
  EXPECT_THROW(refused().apply(), runtime::Error);
  intent.mtu = 1400;
  EXPECT_TRUE(list_host_links().empty());
  refused().apply();
  EXPECT_EQ(find_parent(kBridge).mtu, 1500U);
  refused().undo();
  EXPECT_TRUE(list_host_links().empty());
}

}  // namespace
}  // namespace croft::netns
