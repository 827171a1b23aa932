// The network of one cycle: a veth pair whose peer is born in the child's net namespace, an address and
// routes on both sides, by raw rtnetlink.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "tests/bench/floor/check.h"

namespace croft::bench {

// A NETLINK_ROUTE socket of the caller's net namespace.
Fd open_netlink();
// The pair; `number` names link and addresses.
void make_veth(const Fd& netlink, pid_t child, std::uint32_t number);
// Host half: protection, 169.254.1.1 and fe80::1 on the host's end, up, routes to the container's two
// addresses.
void make_routes(const Fd& netlink, std::uint32_t number);
// The same without protection.
void make_bare_routes(const Fd& netlink, std::uint32_t number);
// The index of the host's end.
std::uint32_t host_index(std::uint32_t number);
// Both ends, and the routes with them.
void remove_veth(const Fd& netlink, std::uint32_t number);
// Container half, inside: loopback up, addresses, default routes.
void configure_inside(const Fd& netlink, std::uint32_t number);

}  // namespace croft::bench
