// An interface of a container on a bridge of the host: a veth pair whose near end is a port.
//
// Root inside sends what it likes, so the bridge learns nothing from the port: the container's hardware
// address stands in its table beforehand, and no frame makes it look elsewhere for a neighbour's. The port
// gets nothing that is known to be for others, and one that speaks the spanning tree's protocol is shut. What
// it may send beyond that is said by port_guard.h.
#pragma once

#include <functional>

#include "netns/lan.h"
#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::netns {

// Throws Error for a parent that will not do; then nothing is left. Undo deletes the pair, as MakeVeth's.
struct JoinBridge {
  LanIntent intent;
  runtime::FdSlot netns;  // of the container; filled before apply()
  std::string proc = "/proc";
  std::function<void(int)> made{};  // gets the index of the near end before the first packet can come

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

}  // namespace croft::netns
