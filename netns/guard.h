// What the host lets through a container's link, as elements of the sets of the ruleset (netns/ruleset.h):
// only packets from the container's own addresses, and between containers only what their isolation allows.
// Elements name links by their names, which derive from uuids: they can be there before the link is and after
// it is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netns/element.h"
#include "netns/forward.h"
#include "netns/isolation.h"
#include "netns/packet_rule.h"

namespace croft::netns {

inline constexpr std::uint32_t kSharedRealm = 1;  // of those that are not isolated

struct Guard {
  std::string uuid;
  std::vector<Address> addresses;
  std::uint32_t realm = 0;  // its tenant's number, above kSharedRealm
  Isolation isolation = Isolation::kTenant;
  std::vector<Forward> forwards{};
  PacketFilter filter{};
  std::optional<Mac> mac{};                    // unset: inside_mac
  bool on_bridge = false;                      // see port_guard.h
  std::optional<std::uint32_t> connections{};  // at once, both ways
  bool operator==(const Guard&) const = default;
};

// Whether it has chains of its own beside elements (link_rules.h).
bool has_chains(const Guard& guard);

// All that a guard consists of.
std::vector<Element> elements_of(const Guard& guard);
Mac mac_of(const Guard& guard);
// The elements that count what was dropped of its link, of which only those exist that have counted.
std::vector<Element> counters_of(const Guard& guard);

// Whom it reaches, as elements of the table of that family.
void add_realm(const Guard& guard, std::string_view family, std::vector<Element>& all);

// Why packets from a container, of kIn those to it, were dropped. The ruleset has the numbers.
enum class Drop : std::uint8_t {
  kMac = 1,
  kIpv4,
  kIpv6,
  kArp,
  kNdp,
  kIsolation,
  kOut,
  kIn,
  kDhcp,
  kFrame,
  kConnections,
  kHost
};
inline constexpr Drop kDrops[] = {Drop::kMac,  Drop::kIpv4,      Drop::kIpv6,        Drop::kArp,
                                  Drop::kNdp,  Drop::kIsolation, Drop::kOut,         Drop::kIn,
                                  Drop::kDhcp, Drop::kFrame,     Drop::kConnections, Drop::kHost};
std::string_view to_text(Drop drop);  // "mac", "ipv4", ...
// The family of the table that counts it.
std::string_view table_of(Drop drop, bool on_bridge);

// How much was dropped at a link.
struct Dropped {
  std::string link;
  Drop drop = Drop::kMac;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  bool on_bridge = false;
  bool operator==(const Dropped&) const = default;
};
}  // namespace croft::netns
