// Processes beside all groups: where nobody sorts them into groups, as systemd does, they are in the root.
#pragma once

#include <string>

#include "cgroups/hierarchy.h"

namespace croft::cgroups {

// Whether the first process of the host is in the root of the hierarchy that divides CPU time. There each
// task competes with the groups as if it were one of the default weight (cgroup-v2.rst, "No Internal Process
// Constraint"); the kernel's own threads are always there. `proc` is /proc.
bool root_has_processes(const std::string& proc, const Layout& layout);

}  // namespace croft::cgroups
