// Other addresses, and the routes that they ask for, for a container that runs: on the host's ends of its
// links and inside, at once. What it may send is the guard's (firewall.h), whose it is the registry's
// (begin_readdress).
#pragma once

#include <string>

#include "ctl/lifecycle/context.h"
#include "runtime/change.h"

namespace croft::ctl {

// Throws Error kConflict for what cannot be changed while it runs.
void check_readdress(const ContainerRecord& before, const Spec& after);
// Whether the interfaces of `after`, the same as those of `before`, have other addresses or routers.
bool is_readdressed(const ContainerRecord& before, const ContainerRecord& after);

struct Readdress {
  Context* context = nullptr;
  ContainerRecord before, after;
  bool resumed = false;  // after a crash: any part of it may have been done
  [[nodiscard]] runtime::Description describe() const;
  void apply() const { move(before, after); }
  void undo() const noexcept;

 private:
  void move(const ContainerRecord& from, const ContainerRecord& to) const;
};

// The intent of a daemon that died in the midst of it: the container has what the registry says again, and
// what was lent goes back. `runs`: its init is known.
void settle_readdress(Context& context, const ContainerRecord& record, bool runs);

}  // namespace croft::ctl
