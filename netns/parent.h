// The interface of the host that a container's is put on: what it is, and whether it will do.
#pragma once

#include <cstdint>
#include <string>

#include "netns/lan.h"

namespace croft::netns {

struct Parent {
  int index = 0;
  std::string kind;    // "bridge", "veth", "macvlan", ...; empty for a card
  Mac mac{};           // all zeros where it is not one of Ethernet
  std::string master;  // the bridge or the like that it is a port of; empty: none
  std::uint32_t mtu = 0;
  bool up = false;
  bool loopback = false;
  bool filters_vlans = false;      // a bridge that tells VLANs apart
  std::uint16_t default_vlan = 0;  // that it gives to a new port; 0: none
};

// In the calling thread's net namespace. Throws Error kNotFound when there is no such interface.
Parent find_parent(const std::string& name);

// Whether it is a bridge, and all that hangs on it are containers of Croft.
bool leads_to_ports_alone(const Parent& parent);

// What the container's interface asks of it. Throw Error kInvalid or kConflict that says what is wrong.
void check_bridge(const Parent& parent, const LanIntent& intent);
void check_macvlan_parent(const Parent& parent, const LanIntent& intent);

}  // namespace croft::netns
