// The kinds dir, xfs and ext4: a home is a directory, limited by a project of the file system where that has
// projects (fs/quota.h).
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "fs/pool_kinds.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "runtime/remove_tree.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;

class DirPool final : public Pool {
 public:
  explicit DirPool(const std::string& place) : Pool(place), quotas_(place) {}

  [[nodiscard]] Bound bytes() const override {
    if (!quotas_.kept()) return {"", quotas_.absent(), quotas_.cure()};
    return {"quota of a project for each container, " + quotas_.file_system(), "", ""};
  }
  [[nodiscard]] Bound inodes() const override { return bytes(); }

  void make_home(const std::string& home) const override { make_empty_directory(home); }

  void remove_home(const std::string& home, const std::function<bool()>& go_on) const override {
    runtime::remove_tree(home, go_on);
  }

  // Only what the container writes is its project's: the host's own files beside it, as the console's log,
  // are not. Both directories have one project, because overlay renames from one into the other.
  void count(const ContainerPaths& paths, Project project) const override {
    if (!quotas_.kept()) return;
    for (const std::string& path : {paths.upper, paths.work})
      quotas_.give(runtime::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), project);
  }

  [[nodiscard]] bool counts(const ContainerPaths& paths, Project project) const override {
    return quotas_.kept() && runtime::exists(paths.upper) && quotas_.project_of(paths.upper) == project;
  }

  void limit(const ContainerPaths& /*paths*/, Project project, const QuotaLimits& limits) const override {
    quotas_.set(project, limits);
  }

  [[nodiscard]] QuotaLimits limits(const ContainerPaths& /*paths*/, Project project) const override {
    return quotas_.limits(project);
  }

  [[nodiscard]] QuotaUse use(const ContainerPaths& /*paths*/, Project project) const override {
    return quotas_.use(project);
  }

  void release(Project project) const override {
    if (quotas_.kept()) quotas_.set(project, {});
  }

  void snapshot(const ContainerPaths& paths, const std::string& to, const CopyWatch& watch) const override {
    make_empty_directory(to);
    make_empty_directory(to + "/upper");
    copy_tree(paths.upper, to + "/upper", kSameIds, watch);
    sync_file_system(to);
  }

  void restore(const std::string& snapshot, const ContainerPaths& paths, Project project,
               const CopyWatch& watch) const override {
    tidy(paths);
    const std::string fresh = paths.home + kRestoring;
    make_empty_directory(fresh);
    try {
      if (quotas_.kept()) quotas_.give(runtime::open_file(fresh, O_RDONLY | O_DIRECTORY), project);
      make_empty_directory(fresh + "/upper");
      copy_tree(snapshot + "/upper", fresh + "/upper", kSameIds, watch);
      sync_file_system(fresh);
      exchange(fresh + "/upper", paths.upper);
    } catch (...) {
      tidy(paths);
      throw;
    }
    tidy(paths);
  }

  void tidy(const ContainerPaths& paths) const override { runtime::remove_tree(paths.home + kRestoring); }

 private:
  static constexpr const char* kRestoring = "/.restoring";
  static void sync_file_system(const std::string& path) {
    if (syncfs(runtime::open_file(path, O_RDONLY | O_DIRECTORY).get()) != 0)
      runtime::fail_errno("cannot flush `" + path + "`");
  }
  Quotas quotas_;
};

[[noreturn]] void refuse(const std::string& place, const char* what) {
  throw Error(ErrorKind::kUnsupported,
              file_system_of(place) + " at `" + place + "` has no " + what + ", which overlays need", errno)
      .cure("a directory on xfs, ext4 or btrfs");
}

// A whiteout is what overlay puts in the place of a file of a lower layer that was removed or renamed.
void try_whiteout(const std::string& place, const std::string& trial) {
  const std::string from = trial + "/file";
  const std::string to = trial + "/renamed";
  runtime::replace_file(from, "", 0600, false);
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_WHITEOUT) != 0)
    refuse(place, "whiteouts");
}

}  // namespace

std::shared_ptr<const Pool> open_dir_pool(PoolKind kind, const std::string& place) {
  const std::string system = file_system_of(place);
  if (kind != PoolKind::kDir && system != to_text(kind))
    throw Error(ErrorKind::kUnsupported,
                "`" + place + "` lies on " + system + ", not on " + std::string(to_text(kind)))
        .cure("give a size for a file system of its own, or the kind that it is; `dir` can be anywhere");
  return std::make_shared<DirPool>(place);
}

void exchange(const std::string& one, const std::string& other) {
  if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0)
    runtime::fail_errno("cannot put `" + one + "` in the place of `" + other + "`");
}

void make_empty_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return;
  if (errno != EEXIST) runtime::fail_errno("cannot make directory `" + path + "`");
  throw Error(ErrorKind::kExists, "there are files in `" + path + "` already")
      .cure("let the daemon's recovery remove them, or move them away");
}

void check_overlay_upper(const std::string& place) {
  std::string trial = place + "/.croft-trial-XXXXXX";
  if (mkdtemp(trial.data()) == nullptr) runtime::fail_errno("cannot make a directory in `" + place + "`");
  try {
    if (setxattr(trial.c_str(), "trusted.croft", "", 0, 0) != 0) refuse(place, "extended attributes");
    try_whiteout(place, trial);
  } catch (...) {
    runtime::remove_tree(trial);
    throw;
  }
  runtime::remove_tree(trial);
}

}  // namespace croft::fs
