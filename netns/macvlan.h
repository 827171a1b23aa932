// An interface of a container beside a device of the host: a macvlan, which is a second hardware address of
// that device. It is the container's alone: nothing of it is seen on the host, so that nothing can be
// filtered, counted or shaped there, and host and container do not hear each other.
//
// With a VLAN the macvlan stays on the host, in a link group whose packets nobody there takes, and the
// container has a VLAN device on it: its root can take that away, but not send with another tag, and what
// lies below is out of its reach. A VLAN device of the host would be shared with whoever runs the host's
// network.
#pragma once

#include <string>

#include "netns/isolation.h"
#include "netns/lan.h"
#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::netns {

// Throws Error for a parent that will not do. Without a VLAN the device goes with the net namespace.
struct MakeMacvlan {
  LanIntent intent;
  Isolation isolation = Isolation::kTenant;  // others on the same device are reached with kNone only
  runtime::FdSlot netns;                     // of the container; filled before apply()
  std::string proc = "/proc";

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

// What stays on the host for a VLAN; nothing where there is none.
void delete_carrier(const std::string& uuid) noexcept;

}  // namespace croft::netns
