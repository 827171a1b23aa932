// An interface of a container beside a device of the host: a macvlan, which is a second hardware address of
// that device. It is the container's alone: nothing of it is seen on the host, so that nothing can be
// filtered, counted or shaped there, and host and container do not hear each other.
#pragma once

#include "netns/isolation.h"
#include "netns/lan.h"
#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::netns {

// Throws Error for a parent that will not do. The device goes with the net namespace, which is its undo.
struct MakeMacvlan {
  LanIntent intent;
  Isolation isolation = Isolation::kTenant;  // others on the same device are reached with kNone only
  runtime::FdSlot netns;                     // of the container; filled before apply()

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept {}
};

}  // namespace croft::netns
