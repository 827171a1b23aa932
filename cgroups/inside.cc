#include "cgroups/inside.h"

#include <sys/mount.h>

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kAttributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

void mount(const InsideMount& what, runtime::LaunchList& list) {
  list.mount_at(list.new_filesystem(what.type, what.options, kAttributes), what.target);
}

}  // namespace

// The tmpfs is made read-only before anything is mounted in it, or that would be hidden: a systemd inside
// would else mount every controller of the host there.
void plan_inside(const Layout& layout, runtime::LaunchList& list) {
  if (layout.inside.empty()) return;
  mount(layout.inside.front(), list);
  if (layout.inside.size() == 1) return;
  for (std::size_t i = 1; i < layout.inside.size(); ++i) list.make_directory(layout.inside[i].target, 0555);
  list.read_only(layout.inside.front().target);
  for (std::size_t i = 1; i < layout.inside.size(); ++i) mount(layout.inside[i], list);
}

}  // namespace croft::cgroups
