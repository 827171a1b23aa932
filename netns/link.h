// One interface of a container: a veth pair whose host end is a point-to-point link with its own routes (no
// bridge, no broadcast domain), and the steps that configure the other end from inside.
//
// Every host end carries 169.254.1.1/32 and fe80::1/128, and every container has these as its gateways: they
// resolve at once, without proxy ARP and its delay, and are the same for all. Host and container reach each
// other without forwarding.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netns/pool.h"
#include "netns/veth.h"
#include "runtime/change.h"
#include "runtime/fd.h"
#include "runtime/launch.h"

namespace croft::netns {

// Of every container.
const Address& gateway_v4();  // 169.254.1.1
const Address& gateway_v6();  // fe80::1

struct InterfaceIntent {
  std::string uuid;
  std::optional<Mac> mac{};  // unset: inside_mac
  std::string inside_name = "eth0";
  int inside_index = kInsideIndex;
  std::uint32_t queues = 1;
  std::uint32_t mtu = 1500;        // 1280..65535 with an IPv6 address, else 576..65535
  std::vector<Address> addresses;  // host routes; may be empty
  WaysOut ways{};
};

// Makes the pair, the far end straight in the container's net namespace, and gives the host end its addresses
// and the routes to the container. The container's own root cannot influence the host through it: router
// advertisements and redirects are ignored and IPv4 sources are checked against the routes (rp_filter) before
// the link comes up. A link of that name is an Error kExists. Undo deletes the link (16 ms, waiting for RCU);
// a normal teardown leaves that to the end of the net namespace.
struct MakeVeth {
  InterfaceIntent intent;
  runtime::FdSlot netns;  // of the container; filled before apply()
  std::string proc = "/proc";
  // Gets the index of the host end before the first packet can come.
  std::function<void(int)> made{};

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// While the pair is there: gives the host end what `after` says of addresses, in place of `before`. A route
// that leads elsewhere already is an Error kExists, unless `resumed`: then an earlier attempt may have come
// to any point. When it throws, it has put back what it could.
void readdress_host_end(const InterfaceIntent& before, const InterfaceIntent& after, bool resumed,
                        const std::string& proc = "/proc");

// Steps for the container's side, after MakeVeth (the launcher's wait_go): loopback up, eth0 with its
// addresses and default routes.
void plan_inside(const InterfaceIntent& intent, runtime::LaunchList& list);
// Steps for a container without network: loopback up.
void plan_loopback(runtime::LaunchList& list);

// Whether this host has IPv6 at all (it can be off by kernel option); addresses must not be given where it is
// not.
bool has_ipv6(const std::string& proc = "/proc");

// Puts host ends that are in no group into kLinkGroup, which a Croft before it had link groups did not.
void group_host_links();
// Host ends that exist: interfaces of kind veth named as host_link_name does. For recover.
std::vector<std::string> list_host_links();
// Deletes host ends by name, all in one RCU wait. Names that do not exist are fine; other names are an Error
// kInvalid.
void delete_host_links(const std::vector<std::string>& names);

}  // namespace croft::netns
