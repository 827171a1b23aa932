// Making room before a bound is lowered below what is used: the kernel would otherwise reclaim inside the
// write, for as long as that takes, and kill what it cannot reclaim.
#pragma once

#include <functional>
#include <string>

#include "cgroups/group.h"
#include "cgroups/hierarchy.h"
#include "cgroups/knobs.h"
#include "runtime/change.h"

namespace croft::cgroups {

// What is done, and how much of it in percent.
using Progress = std::function<void(const std::string& what, int percent)>;

// Adds a change that brings the memory of the group below the bounds of `next` where `now` has larger ones
// or none. It fails with Error kBusy, saying how much cannot be reclaimed, when nothing more comes free;
// nothing has to be undone then. Blocks meanwhile.
void plan_reclaim(const Layout& layout, const GroupPath& path, const Knobs& now, const Knobs& next,
                  const Progress& progress, runtime::Changes& changes);

}  // namespace croft::cgroups
