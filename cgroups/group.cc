#include "cgroups/group.h"

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

std::string tenant_directory(const std::string& tenant) {
  return tenant == kTakenName ? std::string("_") + kTakenName : tenant;
}

std::string parent_path(const GroupPath& path) {
  for (const std::string& part : split(path.root, '/')) check_name(part, "root");
  if (path.root.empty() || path.root.front() == '/')
    throw runtime::Error(runtime::ErrorKind::kInvalid,
                         "the root of the cgroups is `" + path.root + "`, it must be a relative path");
  check_name(path.tenant, "tenant");
  return path.root + "/" + tenant_directory(path.tenant);
}

void add_values(const std::string& directory, const std::vector<FileValue>& values,
                runtime::Changes& changes) {
  for (const FileValue& value : values) runtime::add(changes, WriteValue{directory, value});
}

void replace_values(const std::string& directory, const std::vector<FileValue>& values,
                    runtime::Changes& changes) {
  for (const FileValue& value : values) runtime::add(changes, ReplaceValue{directory, value, {}});
}

// Calls write(directory, values) for each limit of `wanted` whose controller is there and which `chosen`
// picks.
template <class Write>
void for_limits(const Layout& layout, const GroupIntent& wanted, const GroupIntent& now, Write write) {
  const std::string path = "/" + relative_path(wanted.path);
  const auto directory = [&](std::size_t hierarchy) { return layout.hierarchies[hierarchy].mount + path; };
  if (layout.memory && wanted.memory_limit != now.memory_limit)
    write(directory(layout.memory->hierarchy), layout.memory->driver->limit(wanted.memory_limit));
  if (layout.cpu && wanted.cpu_limit != now.cpu_limit)
    write(directory(layout.cpu->hierarchy), layout.cpu->driver->limit(wanted.cpu_limit));
  if (layout.tasks && wanted.tasks_limit != now.tasks_limit)
    write(directory(layout.tasks->hierarchy), layout.tasks->driver->limit(wanted.tasks_limit));
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
  check_name(path.uuid, "uuid");
  return parent_path(path) + "/" + path.uuid;
}

void plan_create(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes) {
  const std::string parent = parent_path(intent.path);
  const std::string path = relative_path(intent.path);
  for (const std::size_t at : used_hierarchies(layout)) {
    const Place place = place_of(layout.hierarchies[at]);
    runtime::add(changes, KeepShared{place, parent, {}});
    runtime::add(changes, MakeGroup{place, parent, intent.path.uuid, {}});
  }
  for_limits(layout, intent, {}, [&](const std::string& directory, const std::vector<FileValue>& values) {
    add_values(directory, values, changes);
  });
  if (layout.devices && intent.devices)
    layout.devices->driver->plan(layout.hierarchies[layout.devices->hierarchy].mount + "/" + path,
                                 *intent.devices, layout.device_programs, changes);
  if (intent.delegate) plan_delegation(layout, intent, changes);
}

void plan_limits(const Layout& layout, const GroupIntent& now, const GroupIntent& wanted,
                 runtime::Changes& changes) {
  for_limits(layout, wanted, now, [&](const std::string& directory, const std::vector<FileValue>& values) {
    replace_values(directory, values, changes);
  });
}

}  // namespace croft::cgroups
