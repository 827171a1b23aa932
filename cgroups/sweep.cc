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

std::string tenant_of(const std::string& directory) {
  return directory == "_tasks" ? "tasks" : directory;
}

void list_in(const std::string& mount, const std::string& root, std::set<GroupPath>& found) {
  const runtime::Fd top(::open((mount + "/" + root).c_str(), kDirectory));
  if (!top && errno == ENOENT) return;
  if (!top) runtime::fail_errno("cannot open the cgroup `" + mount + "/" + root + "`");
  for (const std::string& tenant : children(top)) {
    const runtime::Fd directory(::openat(top.get(), tenant.c_str(), kDirectory));
    if (!directory) continue;  // just removed
    for (std::string& uuid : children(directory))
      if (found.size() < kMaxListed) found.insert({root, tenant_of(tenant), std::move(uuid)});
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
  const std::string uuid_path = relative_path({root, tenant.empty() ? "any" : tenant, "any"});
  const std::string relative = tenant.empty() ? root : uuid_path.substr(0, uuid_path.rfind('/'));
  for (const std::size_t at : used_hierarchies(layout)) {
    const std::string directory = layout.hierarchies[at].mount + "/" + relative;
    if (rmdir(directory.c_str()) != 0 && errno != ENOENT && errno != EBUSY)
      runtime::fail_errno("cannot remove the cgroup `" + directory + "`");
  }
}

}  // namespace croft::cgroups
