// The files in a container's root that say who it is: machine-id, hostname, hosts, resolv.conf. They are
// written at the first start and whenever name or addresses have changed, not at every start: what the
// container's own administrator wrote into them stays.
#pragma once

#include <string>
#include <vector>

#include "runtime/launch.h"

namespace croft::fs {

struct IdentityIntent {
  std::string uuid;                        // "xxxxxxxx-xxxx-...": source of the machine id
  std::string hostname;                    // /etc/hostname and the name in /etc/hosts
  std::vector<std::string> addresses{};    // without prefix length, for /etc/hosts; may be empty
  std::vector<std::string> nameservers{};  // addresses for /etc/resolv.conf; none leaves the image's file
  // /etc/machine-id. Always the container's uuid without dashes, whatever the image carries: two clones of a
  // template that was booted once would share its id (and so their DHCP identity and journal), and with an
  // empty one systemd takes the boot for the first and presets all units again. True for systemd only.
  bool machine_id = false;
  std::string timezone{};  // /etc/localtime and /etc/timezone; empty leaves the image's
  std::string locale{};    // LANG of /etc/locale.conf and /etc/default/locale; empty leaves the image's
};

// Appends the steps (after LaunchList::root). Throws Error kInvalid for what could not stand in such a file:
// control characters or spaces in a name, text that is no address, a malformed uuid.
void plan_identity_files(const IdentityIntent& intent, runtime::LaunchList& list);

// The uuid as systemd wants it: 32 lower-case hexadecimal digits, not all zero. Throws Error kInvalid.
std::string machine_id_of(const std::string& uuid);

}  // namespace croft::fs
