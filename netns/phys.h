// An interface of the host that a container has for itself while it runs.
//
// The kernel gives a card back by itself when the container's net namespace goes, under whatever name it has
// there, and destroys everything that is not a card. So the namespace is pinned, as a mount beside a note of
// what the interface was: it stays until somebody has fetched the interface, be it a daemon that was not
// there when the container ended.
#pragma once

#include <string>

#include "netns/lan.h"
#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::netns {

// Throws Error for an interface that the host cannot do without: loopback, ports of others, and those that
// have addresses or a default route of the host.
void check_device(const LanIntent& intent, const std::string& directory);

// Moves the interface; its addresses on the host would be lost. Undo fetches it.
struct TakeDevice {
  LanIntent intent;
  runtime::FdSlot netns;  // of the container; filled before apply()
  std::string directory;  // for pins and notes

  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

enum class Fetched { kNothing, kBack, kLost };  // kLost: it is not in the namespace any more
// Gives it back with the name, the MTU and the hardware address that it had, up or down as it was; nothing
// when the container has none. Throws Error, then it can be tried again.
Fetched fetch_device(const std::string& directory, const std::string& uuid);

}  // namespace croft::netns
