// One container's cgroups: what is asked for, and the changes that make it so.
//
// A group ROOT/TENANT/UUID is made
//   - in every hierarchy that limits, counts, freezes, kills or keeps devices, limited or not: limits can be
//     set while it runs, use is read there, and each container gets its fair part of the CPUs instead of one
//     part for each of its processes;
//   - where one of those is a v1 hierarchy, in all others that are mounted too (cpuacct, freezer, net_cls,
//     name=systemd, ...): root inside can mount a v1 hierarchy and sees there the part below its own group,
//     which would else be the whole of it, with the names of all that the host runs. A delegated init manages
//     its services in name=systemd.
// On pure v2 that is one directory. ROOT and ROOT/TENANT are shared: made when missing, kept.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/devices.h"
#include "cgroups/hierarchy.h"
#include "cgroups/knobs.h"
#include "cgroups/units.h"
#include "runtime/change.h"

namespace croft::cgroups {

struct GroupPath {
  std::string root;    // "croft.slice"; may have several components
  std::string tenant;  // "acme", or "acme/dev": a tenant within a tenant
  std::string uuid;
  auto operator<=>(const GroupPath&) const = default;
};

struct GroupIntent {
  GroupPath path;
  Knobs knobs;
  bool delegate = false;  // the container's init manages cgroups of its own (systemd)
  uid_t owner_uid = 0;    // host ids of the container's root; used when delegated
  gid_t owner_gid = 0;
  std::optional<DeviceRules> devices;  // what may be opened; empty = no device rule at all
};

// "croft.slice/default/UUID" below any hierarchy's mount. The directory of a tenant within a tenant ends in
// ".tenant", which tells it from a container's. A tenant called "tasks" becomes "_tasks": v1 has a file of
// that name in every directory. With an empty uuid it is the tenant's own group, with an empty tenant as well
// ROOT. Throws Error kInvalid for names that would leave the tree.
std::string relative_path(const GroupPath& path);
// Adds the changes that make the group with its knobs, devices and delegation. A knob whose controller this
// host does not offer is left out (check.h says so to the operator). Throws Error kInvalid.
void plan_create(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes);

// What the kernel gives a new group: `now` for one that nothing was written to yet.
Knobs fresh_knobs(const Layout& layout);
// Adds the changes from the knobs `now` to the knobs `next` of a group that exists: a container's, a tenant's
// or ROOT. Undo writes back what the kernel showed before. Lowering memory below use blocks the writer in
// reclaim, and can end in the OOM killer inside (v2) or fail with EBUSY (v1).
void plan_knobs(const Layout& layout, const GroupPath& path, const Knobs& now, const Knobs& next,
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
