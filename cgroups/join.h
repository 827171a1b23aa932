// How a process gets into a group. On the unified hierarchy it is born there (CLONE_INTO_CGROUP, Linux
// >= 5.7); into v1 groups it moves itself by writing "0" to `tasks` files that were opened for it, which is
// the cheap way (no lock on all processes, and the opener's rights count, Linux >= 5.16).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cgroups/group.h"
#include "runtime/change.h"
#include "runtime/launch.h"

namespace croft::cgroups {

struct Entry {
  struct File {
    runtime::FdSlot fd;  // open for writing once the change was applied
    std::string shown;
  };
  runtime::FdSlot into;           // for LaunchRequest::cgroup; null when there is no unified hierarchy
  std::vector<File> files;        // to write "0" to
  std::uint64_t clone_flags = 0;  // to add to the clone of an init: CLONE_NEWCGROUP when `files` is empty
};

// For a new container's init: adds the changes that open what it needs, after plan_create's.
Entry plan_join(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes);
// For a further process of a running container. On the unified hierarchy it goes into a leaf below the group
// ("croft.exec", made when missing and owned by root): a guest systemd turns controllers on in the group
// itself, which then refuses processes with EBUSY. Put append_join before LaunchList::join: after it the
// caller has neither the rights nor, with nsdelegate, the view to move itself.
Entry plan_join_exec(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes);

// Appends the writes to `files`.
void append_join(const Entry& entry, runtime::LaunchList& list);
// As append_join, then makes the cgroup namespace there unless the clone makes it: for an init.
void append_join_init(const Entry& entry, runtime::LaunchList& list);

}  // namespace croft::cgroups
