// The rtnetlink requests that both ends of a link are configured with, and the checks that both need.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netns/link.h"
#include "netns/netlink.h"

namespace croft::netns {

Prefix whole(const Address& address);  // /32 or /128
bool has_family(const std::vector<Address>& addresses, Family family);

// Throws Error kInvalid for names, MTU or addresses that no container can have.
void check(const InterfaceIntent& intent);

// `name` is for people; `index` says which interface.
Message link_up(int index, const std::string& name);
// An IPv6 address skips duplicate address detection: it would be unusable for a second, and nobody shares the
// link.
Message new_address(int index, const std::string& name, const Address& address, unsigned length);
// By way of `gateway`, or directly on the link without one. An existing route to the same is an error.
Message new_route(int index, const std::string& name, const Prefix& to,
                  const std::optional<Address>& gateway);

}  // namespace croft::netns
