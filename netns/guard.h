// What the host lets through a container's link, as elements of the sets of the ruleset (netns/ruleset.h):
// only packets from the container's own addresses, and between containers only what their isolation allows.
// Elements name links by their names, which derive from uuids: they can be there before the link is and after
// it is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "netns/isolation.h"
#include "netns/link.h"
#include "netns/pool.h"

namespace croft::netns {

inline constexpr std::uint32_t kSharedRealm = 1;  // of those that are not isolated

struct Guard {
  std::string uuid;
  std::vector<Address> addresses;
  std::uint32_t realm = 0;  // its tenant's number, above kSharedRealm
  Isolation isolation = Isolation::kTenant;
  bool operator==(const Guard&) const = default;
};

// An address as the 128 bits that it has in a packet, where the ruleset has no name for the place.
struct RawAddress {
  Address address;
};

// One element of a set or, with a value, of a map of the ruleset.
struct Element {
  std::string_view family;  // of its table: "inet" or "arp"
  std::string_view set;
  std::vector<std::variant<std::string, Mac, Address, RawAddress, std::uint32_t>> key;
  std::optional<std::uint32_t> value{};
};
// All that a guard consists of.
std::vector<Element> elements_of(const Guard& guard);
// `"cr0123456789ab" . 10.0.0.1`, with ` : 7` for a value.
std::string to_text(const Element& element);
// The key as the kernel compares it: each part filled up to a multiple of four bytes.
std::string key_bytes(const Element& element);
// The elements that count what was dropped of a link, of which only those exist that have counted.
std::vector<Element> counters_of(const std::string& link);

// Why packets from a container were dropped. The ruleset has the numbers.
enum class Drop : std::uint8_t { kMac = 1, kIpv4, kIpv6, kArp, kNdp, kIsolation };
inline constexpr Drop kDrops[] = {Drop::kMac, Drop::kIpv4, Drop::kIpv6,
                                  Drop::kArp, Drop::kNdp,  Drop::kIsolation};
std::string_view to_text(Drop drop);  // "mac", "ipv4", ...

// How much was dropped of what came over a link.
struct Dropped {
  std::string link;
  Drop drop = Drop::kMac;
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  bool operator==(const Dropped&) const = default;
};
}  // namespace croft::netns
