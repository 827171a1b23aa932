#include "fs/quota.h"

#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fs/pool_kinds.h"
#include "runtime/error.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr std::uint64_t kBlock = 1024;  // that if_dqblk counts limits in
constexpr const char* kCure = "a data directory on xfs or ext4 mounted with prjquota";

// quotactl_fd(2), Linux 5.14: no device to be found, and the right file system behind every mount.
int quotactl_fd(const Fd& place, int command, Project project, void* data) {
  return static_cast<int>(
      syscall(SYS_quotactl_fd, place.get(), QCMD(command, PRJQUOTA), static_cast<int>(project), data));
}

// Whether limits of projects are enforced, which is more than that they are counted.
bool enforces(const Fd& place) {
  fs_quota_statv state{};
  state.qs_version = FS_QSTATV_VERSION1;
  return quotactl_fd(place, Q_XGETQSTATV, 0, &state) == 0 && (state.qs_flags & FS_QUOTA_PDQ_ENFD) != 0;
}

std::string name_of(Project project) {
  return "the project " + std::to_string(project);
}

if_dqblk read(const Fd& place, Project project) {
  if_dqblk block{};
  // xfs has nothing to tell of a project in which nothing was ever written and that has no limits.
  if (quotactl_fd(place, Q_GETQUOTA, project, &block) != 0 && errno != ENOENT && errno != ESRCH)
    runtime::fail_errno("cannot read the quota of " + name_of(project));
  return block;
}

std::optional<std::uint64_t> limit_of(std::uint64_t hard) {
  if (hard == 0) return std::nullopt;
  return hard;
}

}  // namespace

Quotas::Quotas(const std::string& directory) {
  try {
    place_ = runtime::open_file(directory, O_RDONLY | O_DIRECTORY);
    file_system_ = file_system_of(directory);
  } catch (const Error& error) {
    absent_ = error.what();
    return;
  }
  if (enforces(place_)) return;
  const bool could = file_system_ == "ext4" || file_system_ == "xfs";
  absent_ = file_system_ + (could ? " is not mounted with project quotas" : " has no quotas for directories");
  cure_ = file_system_ == "ext4"
              ? "unmounted: tune2fs -O project,quota -Q prjquota DEVICE; then mount with prjquota"
          : could ? "mount it with prjquota"
                  : kCure;
}

// To the kernel 0 is no limit, so the least that there is is one block, or one inode.
void Quotas::set(Project project, const QuotaLimits& limits) const {
  if_dqblk block{};
  block.dqb_valid = QIF_LIMITS;
  if (limits.bytes) block.dqb_bhardlimit = std::max<std::uint64_t>(*limits.bytes / kBlock, 1);
  if (limits.inodes) block.dqb_ihardlimit = std::max<std::uint64_t>(*limits.inodes, 1);
  if (quotactl_fd(place_, Q_SETQUOTA, project, &block) == 0) return;
  runtime::fail_errno("cannot set the quota of " + name_of(project) + " on " + file_system_);
}

QuotaLimits Quotas::limits(Project project) const {
  const if_dqblk block = read(place_, project);
  return {limit_of(block.dqb_bhardlimit * kBlock), limit_of(block.dqb_ihardlimit)};
}

QuotaUse Quotas::use(Project project) const {
  const if_dqblk block = read(place_, project);
  return {block.dqb_curspace, block.dqb_curinodes};
}

void Quotas::give(const Fd& directory, Project project) const {
  fsxattr attributes{};
  if (ioctl(directory.get(), FS_IOC_FSGETXATTR, &attributes) != 0)
    runtime::fail_errno("cannot read the project of a directory");
  attributes.fsx_projid = project;
  attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
  if (ioctl(directory.get(), FS_IOC_FSSETXATTR, &attributes) != 0)
    runtime::fail_errno("cannot give a directory to " + name_of(project));
}

Project Quotas::project_of(const std::string& directory) const {
  fsxattr attributes{};
  const Fd fd = runtime::open_file(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (ioctl(fd.get(), FS_IOC_FSGETXATTR, &attributes) != 0)
    runtime::fail_errno("cannot read the project of `" + directory + "`");
  return attributes.fsx_projid;
}

}  // namespace croft::fs
