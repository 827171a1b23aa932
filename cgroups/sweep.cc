// Finding and removing groups: what recover and destroy share.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "cgroups/bounds.h"
#include "cgroups/group.h"
#include "cgroups/walk.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

constexpr std::string_view kTenantMark = ".tenant";

std::string tenant_of(const std::string& directory) {
  return directory == "_tasks" ? "tasks" : directory;
}

// A tenant whose directory is still to be looked at.
struct Place {
  std::string tenant;
  runtime::Fd directory;
  std::size_t depth;
};

void list_in(const std::string& mount, const std::string& root, std::set<GroupPath>& found) {
  const runtime::Fd top(::open((mount + "/" + root).c_str(), kDirectory));
  if (!top && errno == ENOENT) return;
  if (!top) runtime::fail_errno("cannot open the cgroup `" + mount + "/" + root + "`");
  std::vector<Place> places;
  const auto enter = [&](const runtime::Fd& at, const std::string& name, std::string tenant,
                         std::size_t depth) {
    runtime::Fd directory(::openat(at.get(), name.c_str(), kDirectory));
    if (directory) places.push_back({std::move(tenant), std::move(directory), depth});  // else just removed
  };
  for (const std::string& tenant : children(top)) {
    enter(top, tenant, tenant_of(tenant), 1);
    while (!places.empty()) {
      const Place place = std::move(places.back());
      places.pop_back();
      for (std::string& name : children(place.directory)) {
        if (name.ends_with(kTenantMark) && place.depth < kMaxTenantDepth)
          enter(place.directory, name, place.tenant + "/" + name.substr(0, name.size() - kTenantMark.size()),
                place.depth + 1);
        else if (found.size() < kMaxListed)
          found.insert({root, place.tenant, std::move(name)});
      }
    }
  }
}

}  // namespace

std::vector<GroupPath> list_groups(const Layout& layout, const std::string& root) {
  std::set<GroupPath> found;
  for (const std::size_t at : used_hierarchies(layout)) list_in(layout.hierarchies[at].mount, root, found);
  return {found.begin(), found.end()};
}

void remove_group(const Layout& layout, const GroupPath& path, Milliseconds timeout) {
  const std::string relative = relative_path(path);
  const Deadline deadline = deadline_in(timeout);
  for (const std::size_t at : used_hierarchies(layout)) {
    const std::string shown = layout.hierarchies[at].mount + "/" + relative;
    if (rmdir(shown.c_str()) == 0 || errno == ENOENT) continue;
    const runtime::Fd parent = runtime::open_file(shown.substr(0, shown.rfind('/')), kDirectory);
    remove_tree_of_groups(parent, path.uuid, shown, deadline);
  }
}

void remove_shared(const Layout& layout, const std::string& root, const std::string& tenant) {
  const std::string relative = relative_path({root, tenant, {}});
  for (const std::size_t at : used_hierarchies(layout)) {
    const std::string directory = layout.hierarchies[at].mount + "/" + relative;
    if (rmdir(directory.c_str()) != 0 && errno != ENOENT && errno != EBUSY)
      runtime::fail_errno("cannot remove the cgroup `" + directory + "`");
  }
}

}  // namespace croft::cgroups
