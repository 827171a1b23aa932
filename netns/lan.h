// An interface of a container on a network that the host does not run: its addresses have the length of that
// network, and its routers are others. How it gets there is said by bridge.h and macvlan.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netns/mac.h"
#include "netns/pool.h"
#include "netns/veth.h"
#include "runtime/launch.h"

namespace croft::netns {

struct LanAddress {
  Address address;
  unsigned length = 0;  // of the network that it lies in
  bool operator==(const LanAddress&) const = default;
};

// "192.0.2.8/24". Throws Error kInvalid for what is none, and for the addresses of the network itself.
LanAddress parse_lan_address(std::string_view text);
std::string to_text(const LanAddress& address);
// The prefix that it lies in.
Prefix network_of(const LanAddress& address);

bool is_link_local6(const Address& address);
// That an interface with this hardware address gives itself (RFC 4291, appendix A).
Address link_local_of(const Mac& mac);

// A name that an interface of the host may have. Throws Error kInvalid.
void check_parent_name(std::string_view name);

struct LanIntent {
  std::string uuid;
  std::string inside_name = "eth0";
  int inside_index = kInsideIndex;
  std::uint32_t queues = 1;  // on a bridge
  Mac mac{};
  std::uint32_t mtu = 1500;
  std::string parent;                   // an interface of the host
  std::optional<std::uint16_t> vlan{};  // of a bridge
  std::vector<LanAddress> addresses{};  // none: the container asks for some itself
  std::vector<Address> gateways{};      // within a network of an address, or link-local
  WaysOut ways{};
  bool operator==(const LanIntent&) const = default;
};

// " on br0, vlan 7, 02:..., mtu 1500", for people.
std::string shown(const LanIntent& intent);
// Steps for the container's side: loopback up, its interface with addresses and default routes.
void plan_lan_inside(const LanIntent& intent, runtime::LaunchList& list);

}  // namespace croft::netns
