// The kind btrfs: a home is a subvolume, limited by its quota group. Snapshots cost the same however large it
// is. There are no inodes to be counted, and statfs(2) knows nothing of quota groups: programs inside see the
// whole pool as their disk, though writes end at the limit.
#include <sys/stat.h>
#include <unistd.h>

#include "fs/btrfs.h"
#include "fs/pool_kinds.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "runtime/remove_tree.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;

class BtrfsPool final : public Pool {
 public:
  explicit BtrfsPool(const std::string& place) : Pool(place), kept_(btrfs::has_quotas(place)) {}

  [[nodiscard]] Bound bytes() const override {
    if (kept_) return {"limit of a quota group for each container's subvolume, btrfs", "", ""};
    return {"", "quotas of this btrfs are off",
            "btrfs quota enable " + place() + ", and a restart of croftd"};
  }

  [[nodiscard]] Bound inodes() const override {
    return {"", "btrfs counts no inodes", "a pool of the kind xfs or ext4"};
  }

  void make_home(const std::string& home) const override {
    if (runtime::exists(home))
      throw Error(ErrorKind::kExists, "there are files in `" + home + "` already")
          .cure("let the daemon's recovery remove them, or move them away");
    btrfs::make_subvolume(home);
    if (chmod(home.c_str(), 0700) == 0) return;
    const Error failure(ErrorKind::kSystem, "cannot set the mode of `" + home + "`", errno);
    btrfs::remove_subvolume(home);
    throw failure;
  }

  void remove_home(const std::string& home, const std::function<bool()>& go_on) const override {
    if (btrfs::is_subvolume(home)) return btrfs::remove_subvolume(home);
    // A container's snapshots together: they are read-only, also for who would empty them.
    for (const std::string& name : names_in(home))
      if (btrfs::is_subvolume(home + "/" + name)) btrfs::remove_subvolume(home + "/" + name);
    runtime::remove_tree(home, go_on);
  }

  void count(const ContainerPaths& /*paths*/, Project /*project*/) const override {}  // it does from birth

  [[nodiscard]] bool counts(const ContainerPaths& paths, Project /*project*/) const override {
    return kept_ && btrfs::is_subvolume(paths.home);
  }

  void limit(const ContainerPaths& paths, Project /*project*/, const QuotaLimits& limits) const override {
    btrfs::limit(paths.home, limits.bytes);
  }

  [[nodiscard]] QuotaLimits limits(const ContainerPaths& paths, Project /*project*/) const override {
    return {btrfs::limit_of(paths.home), {}};
  }

  [[nodiscard]] QuotaUse use(const ContainerPaths& paths, Project /*project*/) const override {
    return {btrfs::used_by(paths.home), {}};
  }

  void release(Project /*project*/) const override {}  // the group goes with its subvolume

  void snapshot(const ContainerPaths& paths, const std::string& to,
                const CopyWatch& /*watch*/) const override {
    btrfs::snapshot(paths.home, to, true);
  }

  void restore(const std::string& snapshot, const ContainerPaths& paths, Project /*project*/,
               const CopyWatch& /*watch*/) const override {
    tidy(paths);
    btrfs::snapshot(snapshot, restoring(paths), false);
    exchange(restoring(paths), paths.home);
    tidy(paths);
  }

  // Changing owners takes as long as there are files, but nobody has to stand still for it.
  void clone(const std::string& from, const ContainerPaths& to, Project /*project*/, const IdRange& ids,
             const CopyWatch& watch, const std::function<void()>& captured) const override {
    btrfs::snapshot(from, to.home, false);
    captured();
    runtime::remove_tree(to.work);
    make_empty_directory(to.work);
    if (chown(to.work.c_str(), ids.base, ids.base) != 0)
      runtime::fail_errno("cannot set the owner of `" + to.work + "`");
    shift_tree(to.upper, ids, watch);
  }

  void tidy(const ContainerPaths& paths) const override { btrfs::remove_subvolume(restoring(paths)); }

 private:
  // Beside the home, since it takes its place.
  static std::string restoring(const ContainerPaths& paths) {
    const std::size_t slash = paths.home.rfind('/');
    return paths.home.substr(0, slash) + "/.restoring-" + paths.home.substr(slash + 1);
  }
  bool kept_;
};

void no_check(const std::string& /*image*/) {}  // mounting replays the log; btrfs has no other repair

void grow(const std::string& place, std::uint64_t /*bytes*/) {
  btrfs::grow(place);
}

}  // namespace

std::shared_ptr<const Pool> open_btrfs_pool(const std::string& place) {
  const std::string system = file_system_of(place);
  if (system != "btrfs")
    throw Error(ErrorKind::kUnsupported, "`" + place + "` lies on " + system + ", not on btrfs")
        .cure("give a size for a file system of its own, or the kind that it is; `dir` can be anywhere");
  return std::make_shared<BtrfsPool>(place);
}

void check_apart(const std::string& place, const std::string& layers, PoolKind kind) {
  if (file_system_of(place) != "btrfs" || file_system_of(layers) != "btrfs") return;
  if (btrfs::file_system_id(place) != btrfs::file_system_id(layers)) return;
  struct stat here {};
  struct stat there {};
  if (stat(place.c_str(), &here) != 0) runtime::fail_errno("cannot look at `" + place + "`");
  if (stat(layers.c_str(), &there) != 0) runtime::fail_errno("cannot look at `" + layers + "`");
  if (kind != PoolKind::kBtrfs && here.st_dev == there.st_dev) return;
  throw Error(ErrorKind::kUnsupported, "`" + place + "` lies on the btrfs of the templates")
      .cure("give a size for a file system of its own, or a path on another one");
}

const PoolFormat& btrfs_format() {
  static const PoolFormat format{.type = "btrfs",
                                 .package = "btrfs-progs",
                                 .ways = {{{"mkfs.btrfs", "-q", "-f"}, ""}},
                                 .check = no_check,
                                 .prepare = btrfs::enable_quotas,
                                 .grow = grow};
  return format;
}

}  // namespace croft::fs
