#include "netns/ruleset.h"

#include <map>

namespace croft::netns {
namespace {

// 0x63726f63 is kLinkGroup, 0x63726f66 kDoomedGroup; marks are numbers of Drop; 58 is
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
    iifgroup 0x63726f66 drop
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
    iifgroup != 0x63726f63 accept
    iifname . arp saddr ether . arp saddr ip @senders accept
    meta mark set 4
    update @dropped { iifname . meta mark }
    drop
  }
}
)";

using Lists = std::map<std::pair<std::string_view, std::string_view>, std::string>;

void add(Lists& lists, std::string_view family, std::string_view set, const std::string& text) {
  std::string& list = lists[{family, set}];
  list += (list.empty() ? "" : ",\n  ") + text;
}

std::string text_of(const Dropped& one) {
  return to_text(Element{"", "", {one.link, static_cast<std::uint32_t>(one.drop)}}) + " counter packets " +
         std::to_string(one.packets) + " bytes " + std::to_string(one.bytes);
}

}  // namespace

std::string ruleset(const std::vector<Guard>& guards, const std::vector<Dropped>& kept) {
  Lists lists;
  for (const Guard& guard : guards)
    for (const Element& element : elements_of(guard))
      add(lists, element.family, element.set, to_text(element));
  for (const Dropped& one : kept)
    add(lists, one.drop == Drop::kArp ? "arp" : "inet", "dropped", text_of(one));
  std::string text = kRules;
  for (const auto& [place, list] : lists)
    text += "add element " + std::string(place.first) + " croft " + std::string(place.second) + " {\n  " +
            list + "\n}\n";
  return text;
}

}  // namespace croft::netns
