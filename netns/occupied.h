// Which addresses the host uses itself, so that no container gets them.
#pragma once

#include <string>
#include <vector>

#include "netns/pool.h"

namespace croft::netns {

// A prefix that the host reaches otherwise than through a container's link.
struct Occupied {
  Prefix prefix;
  std::string what;  // "the route to 10.0.0.0/8 over `eth0`"
};

// Addresses and unicast routes of the calling thread's net namespace that overlap `prefix`, without default
// routes and without those over links of containers. Throws Error.
std::vector<Occupied> occupied(const Prefix& prefix);

// Whether the host itself has the address, as the kernel's routing says. Throws Error.
bool is_host_address(const Address& address);

}  // namespace croft::netns
