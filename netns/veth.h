// A container's link: a veth pair whose near end is the host's, named after the container, and whose far end
// is born in the container's net namespace. What the near end is for is said by link.h and bridge.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "netns/mac.h"
#include "netns/netlink.h"
#include "netns/pool.h"

namespace croft::netns {

// Interface index of the first interface in a container, the others follow. Chosen, so that the messages for
// the inside can be built before it exists; beyond what the fallback tunnels (tunl0, sit0, ...) of a new net
// namespace may take.
inline constexpr int kInsideIndex = 100;

// "cr" and the first 12 hexadecimal digits of the uuid: 14 characters, IFNAMSIZ allows 15. Throws Error
// kInvalid.
std::string host_link_name(const std::string& uuid);
// Whether an interface of the host is called as such a one.
bool is_host_link(std::string_view name);

// What a further interface of a container is named after in place of the container's uuid; the same for the
// same two at every start. A text like a uuid.
std::string interface_id(const std::string& uuid, std::string_view name);

// Locally administered, unicast, the same for the same uuid at every start.
Mac inside_mac(const std::string& uuid);
Mac host_mac(const std::string& uuid);
// Of a near end on a bridge. A bridge takes the lowest address of its ports for its own: this one is above
// those of cards.
Mac port_mac(const std::string& uuid);

// The link groups (ip-link(8), group) that near ends are in, by which the ruleset knows containers' links.
inline constexpr std::uint32_t kLinkGroup = 0x63726f63;  // with routes of their own
inline constexpr std::uint32_t kPortGroup = 0x63726f62;  // on bridges

// Whose addresses lead out of the container. Of each family one interface has the way to everything; what is
// sent from an address of another one leaves over that one all the same, by a routing table of its own.
struct WaysOut {
  bool main4 = true;
  bool main6 = true;
  [[nodiscard]] bool is_main(Family family) const { return family == Family::kV4 ? main4 : main6; }
  bool operator==(const WaysOut&) const = default;
};

struct VethEnd {
  std::string name;
  Mac mac{};
  std::uint32_t mtu = 1500;
};

struct VethPair {
  std::string uuid;  // the near end is called after it
  VethEnd near, far;
  std::uint32_t group = kLinkGroup;
  int inside_index = kInsideIndex;
  std::uint32_t queues = 1;  // each way
};

// Both ends down; gives the index of the near one. Throws Error kExists when there is a link of that name.
int make_pair(NetlinkSocket& socket, const VethPair& pair, int netns);
// An interface of the host that has no IPv6 of its own to speak.
void silence_v6(const std::string& proc, const std::string& name);
// Takes 16 ms, waiting for RCU. What cannot be deleted now is found by recovery.
void delete_pair(const std::string& uuid) noexcept;

}  // namespace croft::netns
