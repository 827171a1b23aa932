// The files in a container's root that tell its own network manager what its interface has. The interface is
// up before the first process runs; a manager that finds it described as it is leaves it so, reports it as
// its own, and brings it back when its administrator restarts it. One that finds nothing tries DHCP, waits
// for the network until its time is up, or fails on addresses that are there already.
//
// Written with the identity files (identity.h), for managers that the root has then.
#pragma once

#include <string>
#include <vector>

#include "runtime/launch.h"

namespace croft::fs {

// All of them may be there at once.
struct NetworkManagers {
  bool networkd = false;           // systemd-networkd
  bool ifupdown = false;           // Debian's, or busybox's
  bool interfaces_folder = false;  // its /etc/network/interfaces.d
  bool network_manager = false;    // NetworkManager
  [[nodiscard]] bool any() const { return networkd || ifupdown || network_manager; }
};

struct NetworkIntent {
  std::string interface;
  std::vector<std::string> addresses{};    // on a LAN with the length of its network; else alone on the link
  std::string gateway4{}, gateway6{};      // where addresses of the family have one
  std::vector<std::string> nameservers{};  // as in IdentityIntent
  bool on_lan = false;                     // whose routers are reached by its prefix
  [[nodiscard]] bool asks() const { return on_lan && addresses.empty(); }  // the network, for addresses
};

// Looks into the directories that overlay stacks, uppermost first.
NetworkManagers find_network_managers(const std::vector<std::string>& directories);

// The content of each file, of an interface that has addresses.
std::string networkd_file(const NetworkIntent& intent);
std::string interfaces_file(const NetworkIntent& intent);
std::string connection_file(const NetworkIntent& intent);

// Appends the steps (after LaunchList::root). Without addresses, files say that there is no interface. The
// first interface's files have names of their own, those of the others their interface's; an interface that
// is no more leaves files that speak of nothing.
void plan_network_files(const std::vector<NetworkIntent>& intents, const NetworkManagers& managers,
                        runtime::LaunchList& list);

}  // namespace croft::fs
