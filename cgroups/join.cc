#include "cgroups/join.h"

#include <sched.h>

#include "cgroups/changes.h"

namespace croft::cgroups {
namespace {

// Opens the ways in; `add_birth` adds the change for the hierarchy where processes are born into groups.
template <class AddBirth>
Entry plan_ways(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes,
                AddBirth add_birth) {
  Entry entry;
  const std::string path = "/" + relative_path(intent.path);
  for (const std::size_t at : used_hierarchies(layout)) {
    const Hierarchy& hierarchy = layout.hierarchies[at];
    const std::string directory = hierarchy.mount + path;
    runtime::FdSlot slot = runtime::make_slot();
    if (hierarchy.tree->entry_file.empty()) {
      entry.into = slot;
      add_birth(directory, slot);
      continue;
    }
    const std::string file = directory + "/" + hierarchy.tree->entry_file;
    runtime::add(changes, OpenInto{file, O_WRONLY, slot});
    entry.files.push_back({slot, file});
  }
  entry.clone_flags = entry.files.empty() ? CLONE_NEWCGROUP : 0;
  return entry;
}

}  // namespace

Entry plan_join(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes) {
  return plan_ways(layout, intent, changes, [&](const std::string& directory, const runtime::FdSlot& slot) {
    runtime::add(changes, OpenInto{directory, O_RDONLY | O_DIRECTORY, slot});
  });
}

Entry plan_join_exec(const Layout& layout, const GroupIntent& intent, runtime::Changes& changes) {
  Entry entry =
      plan_ways(layout, intent, changes, [&](const std::string& directory, const runtime::FdSlot& slot) {
        runtime::add(changes, OpenExecLeaf{directory, slot, {}});
      });
  entry.clone_flags = 0;
  return entry;
}

void append_join(const Entry& entry, runtime::LaunchList& list) {
  for (const Entry::File& file : entry.files) list.attach_cgroup(list.pass(file.fd, file.shown), file.shown);
}

void append_join_init(const Entry& entry, runtime::LaunchList& list) {
  append_join(entry, list);
  if ((entry.clone_flags & CLONE_NEWCGROUP) == 0) list.unshare(CLONE_NEWCGROUP);
}

}  // namespace croft::cgroups
