// The rtnetlink requests that both ends of a link are configured with, and the checks that both need.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netns/lan.h"
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
inline constexpr std::uint32_t kMainTable = 254;  // RT_TABLE_MAIN
Message new_route(int index, const std::string& name, const Prefix& to, const std::optional<Address>& gateway,
                  std::uint32_t table = kMainTable);
// The default route by `gateway`, where the interface has the way to everything. One of several, which have
// indices above kInsideIndex, has it in a table of its own too, whose number is its index, with the routes to
// `near`; what it sends from its own addresses is led there.
std::vector<Message> way_out(int index, const std::string& name, const std::vector<Address>& own,
                             const std::vector<Prefix>& near, const Address& gateway, const WaysOut& ways);

// What an interface has inside beside being up, in the order in which it is made: addresses, routes, rules.
std::vector<Message> settings_inside(const InterfaceIntent& intent);
std::vector<Message> settings_inside(const LanIntent& intent);

// What is to be made new, and is there already.
enum class Present { kFine, kRefused };
// In the calling thread's net namespace: takes away what only `before` has, and sees to it that there is all
// that `after` has; both make something. What is to go may be gone, and what both have may be as it likes: a
// container's root may have changed it. When it throws, it has put back what it could.
void replace_settings(const std::vector<Message>& before, const std::vector<Message>& after, Present present);

}  // namespace croft::netns
