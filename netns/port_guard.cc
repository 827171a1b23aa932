#include "netns/port_guard.h"

#include "netns/lan.h"

namespace croft::netns {
namespace {

// 0x63726f62 is kPortGroup, 0x63726f66 the group of links that go; marks are numbers of Drop. A frame with a
// tag has the tag's type, and goes where no untagged one does: it would choose its VLAN by itself. Servers
// for DHCP are others, and so are routers. Who looks for an address that is to become its own (RFC 4862)
// names it while it has none to send from.
constexpr std::string_view kRules = R"(table bridge croft {
  set hardware { type ifname . ether_addr; }
  set senders { type ifname . ether_addr . ipv4_addr; }
  set senders6 { type ifname . ether_addr . ipv6_addr; }
  set targets { typeof iifname . ether saddr . @th,64,128; }
  set unbound { type ifname; }
  set claimed { type ipv4_addr; }
  set claimed6 { type ipv6_addr; }
  set claimed_targets { typeof @th,64,128; }
  map realms { type ifname : mark; }
  set members { type ifname . mark; }
  set shared { type ifname; }
  set dropped { type ifname . mark; size 65535; flags dynamic; counter; }
  chain prerouting {
    type filter hook prerouting priority -300; policy accept;
    iifgroup 0x63726f62 goto sent
    iifgroup 0x63726f66 drop
  }
  chain sent {
    iifname . ether saddr != @hardware meta mark set 1 goto refused
    ether type ip goto of_ipv4
    ether type ip6 goto of_ipv6
    ether type arp goto of_arp
    meta mark set 10 goto refused
  }
  chain of_arp {
    iifname . arp saddr ether . arp saddr ip @senders accept
    iifname . arp saddr ether != @hardware meta mark set 4 goto refused
    arp saddr ip 0.0.0.0 accept
    iifname @unbound arp saddr ip != @claimed accept
    meta mark set 4 goto refused
  }
  chain of_ipv4 {
    udp sport 67 udp dport 68 meta mark set 9 goto refused
    iifname . ether saddr . ip saddr @senders accept
    iifname @unbound ip saddr != @claimed accept
    meta mark set 2 goto refused
  }
  chain of_ipv6 {
    meta l4proto 58 jump neighbours
    udp sport 547 udp dport 546 meta mark set 9 goto refused
    iifname . ether saddr . ip6 saddr @senders6 accept
    ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld-listener-report, mld-listener-done,
      mld2-listener-report } accept
    iifname @unbound ip6 saddr != @claimed6 accept
    meta mark set 3 goto refused
  }
  chain neighbours {
    icmpv6 type { nd-router-advert, nd-redirect } meta mark set 5 goto refused
    icmpv6 type nd-neighbor-solicit ip6 saddr != :: return
    icmpv6 type != { nd-neighbor-advert, nd-neighbor-solicit } return
    iifname . ether saddr . @th,64,128 @targets return
    iifname @unbound @th,64,128 != @claimed_targets return
    meta mark set 5 goto refused
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifgroup 0x63726f62 oifgroup 0x63726f62 goto between
  }
  chain between {
    meta mark set 0
    meta mark set iifname map @realms
    oifname . meta mark @members accept
    meta mark != 0 oifname @shared accept
    meta mark set 6 goto refused
  }
  chain refused {
    update @dropped { iifname . meta mark }
    drop
  }
}
)";

void add_v4(const std::string& link, const Mac& mac, const Address& address, std::vector<Element>& all) {
  all.push_back({"bridge", "senders", {link, mac, address}});
  all.push_back({"bridge", "claimed", {address}});
}

void add_v6(const std::string& link, const Mac& mac, const Address& address, std::vector<Element>& all) {
  all.push_back({"bridge", "senders6", {link, mac, address}});
  all.push_back({"bridge", "targets", {link, mac, RawAddress{address}}});
  all.push_back({"bridge", "claimed6", {address}});
  all.push_back({"bridge", "claimed_targets", {RawAddress{address}}});
}

}  // namespace

std::string_view port_rules() {
  return kRules;
}

std::vector<Element> port_elements_of(const Guard& guard) {
  const std::string link = host_link_name(guard.uuid);
  const Mac mac = mac_of(guard);
  std::vector<Element> all;
  all.push_back({"bridge", "hardware", {link, mac}});
  for (const Address& address : guard.addresses)
    address.family == Family::kV4 ? add_v4(link, mac, address, all) : add_v6(link, mac, address, all);
  add_v6(link, mac, link_local_of(mac), all);
  if (guard.addresses.empty()) all.push_back({"bridge", "unbound", {link}});
  add_realm(guard, "bridge", all);
  return all;
}

}  // namespace croft::netns
