#include "netns/ruleset.h"

#include <algorithm>
#include <map>

#include "netns/link_rules.h"
#include "netns/port_guard.h"

namespace croft::netns {
namespace {

// 0x63726f63 is kLinkGroup, 0x63726f66 kDoomedGroup; what comes from a port of a bridge (0x63726f62) is that
// bridge's, and not the host's own; marks are numbers of Drop; 58 is
// ICMPv6, whose name nft only knows from /etc/protocols, which small hosts lack. A mark is only set on
// packets that end here or go to another container, on whose link it is cleared. `update` fails when its set
// is full, and a rule ends where a part of it fails: what drops is a rule by itself.
constexpr const char* kRules = R"(add table inet croft
delete table inet croft
add table arp croft
delete table arp croft
table inet croft {
  comment "containers of Croft; made anew by croftd"
  set hardware { type ifname . ether_addr; }
  set sources { type ifname . ether_addr . ipv4_addr; }
  set sources6 { type ifname . ether_addr . ipv6_addr; }
  set targets { typeof iifname . ether saddr . @th,64,128; }
  map realms { type ifname : mark; }
  set members { type ifname . mark; }
  set shared { type ifname; }
  set dropped { type ifname . mark; size 65535; flags dynamic; counter; }
  chain prerouting {
    type filter hook prerouting priority raw; policy accept;
    iifgroup 0x63726f63 goto sent
    iifgroup { 0x63726f62, 0x63726f66 } drop
  }
  chain sent {
    meta l4proto 58 jump neighbours
    iifname . ether saddr . ip saddr @sources accept
    iifname . ether saddr . ip6 saddr @sources6 accept
    iifname . ether saddr != @hardware meta mark set 1 goto refused
    meta nfproto ipv4 meta mark set 2 goto refused
    ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, mld-listener-report, mld-listener-done,
      mld2-listener-report } accept
    ip6 saddr fe80::1 meta mark set 3 goto refused
    ip6 saddr fe80::/10 accept
    meta mark set 3 goto refused
  }
  chain neighbours {
    icmpv6 type { nd-router-advert, nd-redirect } meta mark set 5 goto refused
    icmpv6 type != nd-neighbor-advert return
    @th,64,128 0xfe800000000000000000000000000001 meta mark set 5 goto refused
    @th,64,10 0x3fa return
    iifname . ether saddr . @th,64,128 @targets return
    meta mark set 5 goto refused
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifgroup 0x63726f63 oifgroup 0x63726f63 goto between
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
table arp croft {
  set senders { type ifname . ether_addr . ipv4_addr; }
  set dropped { type ifname . mark; size 65535; flags dynamic; counter; }
  chain input {
    type filter hook input priority filter; policy accept;
    iifgroup 0x63726f62 drop
    iifgroup != 0x63726f63 accept
    iifname . arp saddr ether . arp saddr ip @senders accept
    meta mark set 4
    update @dropped { iifname . meta mark }
    drop
  }
}
)";

// Rules of the kind nat see the first packet of a connection only, but all packets of the host are tracked
// for them: these are there where something needs them. Not to track what needs none of it would take two
// look-ups, which cost a packet as much. Who is forwarded to is reached from everywhere, by containers of
// other tenants too. One that reaches itself would not take packets from its own address.
constexpr const char* kTranslation = R"(table inet croft {
  set masqueraded { type ipv4_addr; flags interval; }
  set masqueraded6 { type ipv6_addr; flags interval; }
  map forwards { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map forwards6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
  map forwards_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  map forwards6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
  set turns { type ifname . ifname; }
  chain arriving {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump forwarded
  }
  chain from_host {
    type nat hook output priority -100; policy accept;
    oif 1 ip daddr != 127.0.0.0/8 jump forwarded
    oif 1 ip6 daddr != ::1 jump forwarded
  }
  chain forwarded {
    meta nfproto ipv4 dnat ip to ip daddr . meta l4proto . th dport map @forwards_at
    meta nfproto ipv6 dnat ip6 to ip6 daddr . meta l4proto . th dport map @forwards6_at
    meta nfproto ipv4 dnat ip to meta l4proto . th dport map @forwards
    meta nfproto ipv6 dnat ip6 to meta l4proto . th dport map @forwards6
  }
  chain leaving {
    type nat hook postrouting priority srcnat; policy accept;
    ct status dnat iifname . oifname @turns meta nfproto ipv4 snat ip to 169.254.1.1
    ct status dnat iifname . oifname @turns meta nfproto ipv6 snat ip6 to fe80::1
    oifgroup 0x63726f63 accept
    ip saddr @masqueraded masquerade
    ip6 saddr @masqueraded6 masquerade
  }
}
insert rule inet croft between ct status dnat accept
)";

// A container that has rules of its own has two chains. Host and container speak over the link, too.
constexpr const char* kFilters = R"(table inet croft {
  map inbound { type ifname : verdict; }
  map outbound { type ifname : verdict; }
  chain passing {
    type filter hook forward priority filter + 10; policy accept;
    iifgroup 0x63726f63 iifname vmap @outbound
    oifgroup 0x63726f63 oifname vmap @inbound
  }
  chain to_host {
    type filter hook input priority filter + 10; policy accept;
    iifgroup 0x63726f63 iifname vmap @outbound
  }
  chain of_host {
    type filter hook output priority filter + 10; policy accept;
    oifgroup 0x63726f63 oifname vmap @inbound
  }
  chain kept_out {
    update @dropped { oifname . meta mark }
    drop
  }
}
)";

constexpr std::string_view kTranslationSets[] = {"masqueraded", "masqueraded6", "forwards", "forwards6",
                                                 "forwards_at", "forwards6_at", "turns"};

using Lists = std::map<std::pair<std::string_view, std::string_view>, std::string>;

void add(Lists& lists, std::string_view family, std::string_view set, const std::string& text) {
  std::string& list = lists[{family, set}];
  list += (list.empty() ? "" : ",\n  ") + text;
}

std::string text_of(const Dropped& one) {
  return to_text(Element{"", "", {one.link, static_cast<std::uint32_t>(one.drop)}}) + " counter packets " +
         std::to_string(one.packets) + " bytes " + std::to_string(one.bytes);
}

// What the set of an element is a part of.
Parts part_of(const Element& element) {
  return {.translation = std::find(std::begin(kTranslationSets), std::end(kTranslationSets), element.set) !=
                         std::end(kTranslationSets),
          .filters = false,
          .ports = element.family == "bridge",
          .host = false};
}

}  // namespace

Parts operator|(const Parts& a, const Parts& b) {
  return {.translation = a.translation || b.translation,
          .filters = a.filters || b.filters,
          .ports = a.ports || b.ports,
          .host = a.host || b.host};
}

bool covers(const Parts& all, const Parts& some) {
  return (all | some) == all;
}

std::vector<Element> with_sets(std::vector<Element> elements, const Parts& parts) {
  std::erase_if(elements, [&](const Element& element) { return !covers(parts, part_of(element)); });
  return elements;
}

Element masquerade(const Prefix& prefix) {
  return {"inet", prefix.base.family == Family::kV4 ? "masqueraded" : "masqueraded6", {prefix}};
}

std::vector<Element> elements_of(const Filter& filter) {
  std::vector<Element> all;
  for (const Guard& guard : filter.guards)
    for (Element& element : elements_of(guard)) all.push_back(std::move(element));
  for (const Prefix& prefix : filter.masqueraded) all.push_back(masquerade(prefix));
  return all;
}

Parts needed_by(const std::vector<Element>& elements) {
  Parts all;
  for (const Element& element : elements) all = all | part_of(element);
  return all;
}

Parts needed_by(const Filter& filter) {
  Parts all = needed_by(elements_of(filter));
  all.filters = std::any_of(filter.guards.begin(), filter.guards.end(),
                            [](const Guard& guard) { return has_chains(guard); });
  all.host = !filter.host.all;
  return all;
}

std::string ruleset(const Filter& filter, const std::vector<Dropped>& kept, const Parts& parts) {
  std::string text = kRules;
  if (parts.translation) text += kTranslation;
  if (parts.filters) text += kFilters;
  if (parts.ports) text += port_rules();
  if (parts.host) text += host_rules(filter.host);
  Lists lists;
  for (const Element& element : with_sets(elements_of(filter), parts))
    add(lists, element.family, element.set, to_text(element));
  for (const Dropped& one : kept)
    if (parts.ports || !one.on_bridge) add(lists, table_of(one.drop, one.on_bridge), "dropped", text_of(one));
  for (const auto& [place, list] : lists)
    text += "add element " + std::string(place.first) + " croft " + std::string(place.second) + " {\n  " +
            list + "\n}\n";
  for (const Guard& guard : filter.guards)
    if (parts.filters && has_chains(guard)) text += put_chains_text(guard);
  return text;
}

}  // namespace croft::netns
