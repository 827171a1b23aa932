// Walking a tree of cgroups that a guest may have made as deep and as wide as it could: no recursion, one
// open directory at a time, bounded in number and time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cgroups/files.h"
#include "runtime/fd.h"

namespace croft::cgroups {

// Names of the groups directly below.
std::vector<std::string> children(const runtime::Fd& directory);
// Calls `visit` on the directory and on each below it until it returns false or kMaxVisited were visited.
// Groups that vanish meanwhile are passed over. False when `visit` ended the walk.
bool walk(const runtime::Fd& directory, const std::function<bool(const runtime::Fd&)>& visit);
// Process ids of the directory and all below it, those of a foreign pid namespace (shown as 0) left out.
std::vector<pid_t> processes_below(const runtime::Fd& directory);
// SIGKILL to all of those. Returns how many there were.
std::size_t signal_below(const runtime::Fd& directory, int signal);

// rmdir of the group `name` in `parent` and of all below it, deepest first; waits for ending processes until
// the deadline. A missing one is fine. Throws Error kBusy naming `shown`.
void remove_tree_of_groups(const runtime::Fd& parent, const std::string& name, const std::string& shown,
                           Deadline deadline);

}  // namespace croft::cgroups
