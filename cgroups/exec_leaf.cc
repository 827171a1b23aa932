// The leaf group for further processes of a running container. The guest owns the directory above it, so
// names may be taken, the number of groups used up, and the whole subtree be a threaded one.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "cgroups/bounds.h"
#include "cgroups/changes.h"
#include "cgroups/files.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
constexpr const char* kDescendants = "cgroup.max.descendants";

std::string leaf_name(std::size_t index) {
  return index == 0 ? "croft.exec" : "croft.exec-" + std::to_string(index + 1);
}

// The guest made as many groups as it may: one more is ours.
void make_room(const runtime::Fd& group) {
  const std::uint64_t there = keyed_number(read_value(group, "cgroup.stat"), "nr_descendants");
  runtime::write_file_at(group, kDescendants, std::to_string(there + 1));
}

enum class Made { kYes, kThere, kNo };

Made make_leaf(const runtime::Fd& group, const std::string& name) {
  for (int tries = 0;; ++tries) {
    if (mkdirat(group.get(), name.c_str(), 0755) == 0) return Made::kYes;
    if (errno == EEXIST) return Made::kThere;
    if (errno != EAGAIN || tries == 3) runtime::fail_errno("cannot make the cgroup `" + name + "`");
    make_room(group);
  }
}

// A group that the guest owns could be frozen, or have controllers turned on below it.
bool usable(const runtime::Fd& leaf) {
  struct stat info {};
  return fstat(leaf.get(), &info) == 0 && info.st_uid == geteuid() &&
         read_value(leaf, "cgroup.type") == "domain\n";
}

}  // namespace

runtime::Description OpenExecLeaf::describe() const {
  return {"mkdir", directory + "/" + leaf_name(0), "if missing, and open"};
}

void OpenExecLeaf::apply() {
  const runtime::Fd group = runtime::open_file(directory, kDirectory);
  for (std::size_t i = 0; i < kMaxExecNames; ++i) {
    const std::string name = leaf_name(i);
    const Made result = make_leaf(group, name);
    runtime::Fd leaf(::openat(group.get(), name.c_str(), kDirectory | O_CLOEXEC));
    if (leaf && usable(leaf)) {
      if (result == Made::kYes) made = name;
      *slot = std::move(leaf);
      return;
    }
    if (result != Made::kYes) continue;
    // A new leaf that is no domain: the guest made its subtree a threaded one, which takes processes at its
    // root.
    unlinkat(group.get(), name.c_str(), AT_REMOVEDIR);
    *slot = group.duplicate();
    return;
  }
  throw runtime::Error(runtime::ErrorKind::kBusy, "all " + std::to_string(kMaxExecNames) +
                                                      " names for the cgroup are taken by the guest");
}

void OpenExecLeaf::undo() noexcept {
  slot->reset();
  if (!made.empty()) rmdir((directory + "/" + made).c_str());
}

}  // namespace croft::cgroups
