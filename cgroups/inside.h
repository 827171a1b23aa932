// What a container sees at /sys/fs/cgroup: its own groups as the root of everything, mounted from inside its
// own cgroup namespace (a mount from the host's would reset the hierarchy's global options).
#pragma once

#include "cgroups/hierarchy.h"
#include "runtime/launch.h"

namespace croft::cgroups {

// Appends the mounts. /sys must be mounted in the new root, and append_join_init must have come before.
// v2: the unified hierarchy itself. Hybrid and v1: a read-only tmpfs with `systemd` (the name=systemd
// hierarchy) and `unified` in it, of which a delegated container owns its part.
void plan_inside(const Layout& layout, runtime::LaunchList& list);

}  // namespace croft::cgroups
