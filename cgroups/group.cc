#include "cgroups/group.h"

#include "cgroups/bounds.h"
#include "cgroups/changes.h"
#include "cgroups/files.h"
#include "cgroups/walk.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

void check_name(const std::string& name, const char* what) {
  const bool bad = name.empty() || name == "." || name == ".." || name.size() > 255 ||
                   name.find_first_of("/\n") != std::string::npos || name.find('\0') != std::string::npos;
  if (bad)
    throw runtime::Error(runtime::ErrorKind::kInvalid,
                         "`" + name + "` cannot name a cgroup (the " + std::string(what) + ")");
}

// Every v1 directory has a file called `tasks`.
constexpr const char* kTakenName = "tasks";
constexpr const char* kTenantMark = ".tenant";

std::string tenants_path(const std::string& tenant) {
  const std::vector<std::string> parts = split_all(tenant, '/');
  if (parts.size() > kMaxTenantDepth)
    throw runtime::Error(runtime::ErrorKind::kInvalid, "the tenant `" + tenant + "` lies more than " +
                                                           std::to_string(kMaxTenantDepth) + " tenants deep");
  std::string path;
  for (const std::string& part : parts) {
    check_name(part, "tenant");
    const std::string first = part == kTakenName ? std::string("_") + kTakenName : part;
    path += path.empty() ? first : "/" + part + kTenantMark;
  }
  return path;
}

std::string root_path(const std::string& root) {
  for (const std::string& part : split(root, '/')) check_name(part, "root");
  if (root.empty() || root.front() == '/')
    throw runtime::Error(runtime::ErrorKind::kInvalid,
                         "the root of the cgroups is `" + root + "`, it must be a relative path");
  return root;
}

std::string parent_path(const GroupPath& path) {
  return root_path(path.root) + "/" + tenants_path(path.tenant);
}

void add_values(const std::string& directory, const std::vector<FileValue>& values,
                runtime::Changes& changes) {
  for (const FileValue& value : values) runtime::add(changes, WriteValue{directory, value});
}

void replace_values(const std::string& directory, const std::vector<FileValue>& values,
                    runtime::Changes& changes) {
  for (const FileValue& value : values) runtime::add(changes, ReplaceValue{directory, value, {}});
}

// Calls write(directory, lines) for each controller that is there.
template <class Write>
void for_knobs(const Layout& layout, const GroupPath& path, const Knobs& now, const Knobs& next,
               Write write) {
  const std::string relative = "/" + relative_path(path);
  const auto to = [&](const auto& facet, const auto& before, const auto& after) {
    if (facet)
      write(layout.hierarchies[facet->hierarchy].mount + relative, facet->driver->lines(before, after));
  };
  to(layout.cpuset, now.cpuset, next.cpuset);
  to(layout.memory, now.memory, next.memory);
  to(layout.cpu, now.cpu, next.cpu);
  to(layout.io, now.io, next.io);
  to(layout.tasks, now.tasks, next.tasks);
  to(layout.hugetlb, now.hugetlb, next.hugetlb);
}

void add_sockets(const Layout& layout, const GroupPath& path, const SocketKnobs& knobs,
                 runtime::Changes& changes) {
  const std::string directory = layout.hierarchies[*layout.unified].mount + "/" + relative_path(path);
  runtime::add(changes, LimitSockets{directory, knobs, layout.socket_programs, {}});
}

// The files of controllers stay the host's: only the unified hierarchy and name=systemd are given away.
void plan_delegation(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes) {
  for (const std::optional<std::size_t>& at : {layout.systemd, layout.unified}) {
    if (!at) continue;
    const Hierarchy& hierarchy = layout.hierarchies[*at];
    const std::string directory = hierarchy.mount + "/" + relative_path(intent.path);
    add_values(directory, hierarchy.tree->bounds, changes);
    runtime::add(changes,
                 GiveAway{directory, hierarchy.tree->delegated_files, intent.owner_uid, intent.owner_gid});
  }
}

}  // namespace

std::string relative_path(const GroupPath& path) {
  if (path.uuid.empty()) return path.tenant.empty() ? root_path(path.root) : parent_path(path);
  check_name(path.uuid, "uuid");
  return parent_path(path) + "/" + path.uuid;
}

void plan_create(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes) {
  check_name(intent.path.uuid, "uuid");
  const std::string parent = parent_path(intent.path);
  const std::string path = relative_path(intent.path);
  for (const std::size_t at : used_hierarchies(layout)) {
    const Place place = place_of(layout.hierarchies[at]);
    runtime::add(changes, KeepShared{place, parent, {}});
    runtime::add(changes, MakeGroup{place, parent, intent.path.uuid, {}});
  }
  for_knobs(layout, intent.path, fresh_knobs(layout), intent.knobs,
            [&](const std::string& directory, const std::vector<FileValue>& values) {
              add_values(directory, values, changes);
            });
  if (layout.socket_programs) add_sockets(layout, intent.path, intent.knobs.sockets, changes);
  if (layout.devices && intent.devices)
    layout.devices->driver->plan(layout.hierarchies[layout.devices->hierarchy].mount + "/" + path,
                                 *intent.devices, layout.device_programs, changes);
  if (intent.delegate) plan_delegation(layout, intent, changes);
}

// The weight of no group: iocost and bfq begin with 100 each, which is not one weight of ours.
Knobs fresh_knobs(const Layout& layout) {
  Knobs knobs;
  if (layout.memory) knobs.memory = layout.memory->driver->fresh;
  knobs.io.weight = 0;
  return knobs;
}

void plan_knobs(const Layout& layout, const GroupPath& path, const Knobs& now, const Knobs& next,
                runtime::Changes& changes) {
  for_knobs(layout, path, now, next, [&](const std::string& directory, const std::vector<FileValue>& values) {
    replace_values(directory, values, changes);
  });
  if (layout.socket_programs && !path.uuid.empty() && now.sockets != next.sockets)
    add_sockets(layout, path, next.sockets, changes);
}

}  // namespace croft::cgroups
