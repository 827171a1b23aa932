// One container's cgroups: what is asked for, and the changes that make it so.
//
// A group ROOT/TENANT/UUID is made in these hierarchies and no other:
//   - those of memory, cpu and tasks: always, limited or not, since limits can be set while it runs, use is
//   read
//     there, and each container gets its fair part of the CPUs instead of one part for each of its processes;
//   - the one that freezes, kills, and keeps devices (the unified one where it exists): always;
//   - the one that tells CPU use (the unified one, or cpuacct on pure v1 hosts): always;
//   - name=systemd, where v1 is in use: always. A delegated init manages its services in it; any other
//   container would
//     else sit at that hierarchy's root, could mount it, and read there what its neighbours are called.
// On pure v2 that is one directory, on a hybrid host three controllers, name=systemd and the unified one.
// cpuset, blkio, freezer, perf_event, net_cls, hugetlb are not touched: Croft has no groups there that could
// be seen. ROOT and ROOT/TENANT are shared: made when missing, kept.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/devices.h"
#include "cgroups/hierarchy.h"
#include "cgroups/units.h"
#include "runtime/change.h"

namespace croft::cgroups {

struct GroupPath {
  std::string root;  // "croft.slice"; may have several components
  std::string tenant;
  std::string uuid;
  auto operator<=>(const GroupPath&) const = default;
};

struct GroupIntent {
  GroupPath path;
  std::optional<Bytes> memory_limit;         // empty = unlimited
  std::optional<MilliCpu> cpu_limit;         // at least 1
  std::optional<std::uint64_t> tasks_limit;  // processes and threads
  bool delegate = false;                     // the container's init manages cgroups of its own (systemd)
  uid_t owner_uid = 0;                       // host ids of the container's root; used when delegated
  gid_t owner_gid = 0;
  std::optional<DeviceRules> devices;  // what may be opened; empty = no device rule at all
};

// "croft.slice/default/UUID" below any hierarchy's mount. A tenant called "tasks" becomes "_tasks": v1 has a
// file of that name in every directory. Throws Error kInvalid for names that would leave the tree.
std::string relative_path(const GroupPath& path);
// Adds the changes that make the group with its limits, devices and delegation. A limit whose controller this
// host does not offer is left out (check.h says so to the operator). Throws Error kInvalid.
void plan_create(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes);

// Adds the changes from the limits `now` to the limits `wanted` of a running group. Undo writes back what the
// kernel showed before. Lowering memory below use blocks the writer in reclaim, and can end in the OOM killer
// inside.
void plan_limits(const Layout& layout, const GroupIntent& now, const GroupIntent& wanted,
                 runtime::Changes& changes);

// Groups that exist below ROOT in any hierarchy, sorted, each once, with tenant names as they were given.
// Bounded by kMaxListed. Throws Error.
std::vector<GroupPath> list_groups(const Layout& layout, const std::string& root);

// Removes the group, with all that a guest made below it, from every hierarchy. It must have no processes;
// ones that are just ending are waited for up to `timeout`. A missing group is no error. Throws Error kBusy.
void remove_group(const Layout& layout, const GroupPath& path, Milliseconds timeout);
// Removes ROOT/TENANT (and ROOT, when `tenant` is empty) where nothing is in it any more.
void remove_shared(const Layout& layout, const std::string& root, const std::string& tenant);

}  // namespace croft::cgroups
