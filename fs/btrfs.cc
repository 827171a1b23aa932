#include "fs/btrfs.h"

#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::fs::btrfs {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

Fd open_directory(const std::string& path) {
  return runtime::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

struct Name {
  Fd parent;
  std::string name;
};

Name split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  Name name{runtime::open_file(path.substr(0, slash), O_RDONLY | O_DIRECTORY), path.substr(slash + 1)};
  if (name.name.empty() || name.name.size() > BTRFS_SUBVOL_NAME_MAX)
    throw Error(ErrorKind::kInvalid, "`" + path + "` cannot be the name of a subvolume");
  return name;
}

// The arguments hold zeros, so that the copied name ends with one.
template <std::size_t Size>
void put_name(char (&field)[Size], const std::string& name) {
  std::memcpy(field, name.data(), std::min(name.size(), Size - 1));
}

std::uint64_t number_of(const std::string& subvolume) {
  btrfs_ioctl_get_subvol_info_args info{};
  // Linux 6.18 answers 1 for a success.
  if (ioctl(open_directory(subvolume).get(), BTRFS_IOC_GET_SUBVOL_INFO, &info) < 0)
    runtime::fail_errno("cannot ask for the number of the subvolume `" + subvolume + "`");
  return info.treeid;
}

std::string groups_directory(const std::string& path) {
  return "/sys/fs/btrfs/" + file_system_id(path) + "/qgroups";
}

std::uint64_t group_value(const std::string& subvolume, const char* word) {
  const std::string file =
      groups_directory(subvolume) + "/0_" + std::to_string(number_of(subvolume)) + "/" + word;
  const std::string text = runtime::read_file(file);
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
    throw Error(ErrorKind::kSystem, "`" + file + "` holds no number");
  return value;
}

// Newer kernels do it themselves when the subvolume's last block is gone; until then they refuse.
void forget_group(const Fd& parent, std::uint64_t number) {
  btrfs_ioctl_qgroup_create_args group{};
  group.qgroupid = number;
  static_cast<void>(ioctl(parent.get(), BTRFS_IOC_QGROUP_CREATE, &group));
}

}  // namespace

bool is_subvolume(const std::string& path) {
  struct stat info {};
  struct statfs system {};
  return lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) &&
         info.st_ino == BTRFS_FIRST_FREE_OBJECTID && statfs(path.c_str(), &system) == 0 &&
         system.f_type == BTRFS_SUPER_MAGIC;
}

void make_subvolume(const std::string& path) {
  const Name place = split(path);
  btrfs_ioctl_vol_args_v2 arguments{};
  put_name(arguments.name, place.name);
  if (ioctl(place.parent.get(), BTRFS_IOC_SUBVOL_CREATE_V2, &arguments) != 0)
    runtime::fail_errno("cannot make the subvolume `" + path + "`");
}

void snapshot(const std::string& from, const std::string& to, bool read_only) {
  const Fd source = open_directory(from);
  const Name place = split(to);
  btrfs_ioctl_vol_args_v2 arguments{};
  arguments.fd = source.get();
  if (read_only) arguments.flags = BTRFS_SUBVOL_RDONLY;
  put_name(arguments.name, place.name);
  if (ioctl(place.parent.get(), BTRFS_IOC_SNAP_CREATE_V2, &arguments) != 0)
    runtime::fail_errno("cannot make the snapshot `" + to + "` of `" + from + "`");
}

void remove_subvolume(const std::string& path) {
  if (!runtime::exists(path)) return;
  const std::uint64_t number = number_of(path);
  const Name place = split(path);
  btrfs_ioctl_vol_args arguments{};
  put_name(arguments.name, place.name);
  if (ioctl(place.parent.get(), BTRFS_IOC_SNAP_DESTROY, &arguments) != 0 && errno != ENOENT)
    runtime::fail_errno("cannot remove the subvolume `" + path + "`");
  forget_group(place.parent, number);
}

std::string file_system_id(const std::string& path) {
  btrfs_ioctl_fs_info_args info{};
  if (ioctl(open_directory(path).get(), BTRFS_IOC_FS_INFO, &info) != 0)
    runtime::fail_errno("cannot ask `" + path + "` for its file system");
  static constexpr std::array kHex{'0', '1', '2', '3', '4', '5', '6', '7',
                                   '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  std::string text;
  for (std::size_t i = 0; i < BTRFS_FSID_SIZE; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += {kHex[info.fsid[i] >> 4], kHex[info.fsid[i] & 15]};
  }
  return text;
}

bool has_quotas(const std::string& path) {
  return runtime::exists(groups_directory(path));
}

void enable_quotas(const std::string& path) {
  btrfs_ioctl_quota_ctl_args arguments{};
  arguments.cmd = BTRFS_QUOTA_CTL_ENABLE;
  if (ioctl(open_directory(path).get(), BTRFS_IOC_QUOTA_CTL, &arguments) != 0)
    runtime::fail_errno("cannot turn on quotas of `" + path + "`");
}

void limit(const std::string& subvolume, const std::optional<std::uint64_t>& bytes) {
  btrfs_ioctl_qgroup_limit_args arguments{};
  arguments.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
  arguments.lim.max_rfer = bytes.value_or(UINT64_MAX);  // which takes the limit away
  if (ioctl(open_directory(subvolume).get(), BTRFS_IOC_QGROUP_LIMIT, &arguments) != 0)
    runtime::fail_errno("cannot limit the subvolume `" + subvolume + "`");
}

std::optional<std::uint64_t> limit_of(const std::string& subvolume) {
  if ((group_value(subvolume, "limit_flags") & BTRFS_QGROUP_LIMIT_MAX_RFER) == 0) return std::nullopt;
  return group_value(subvolume, "max_referenced");
}

std::uint64_t used_by(const std::string& subvolume) {
  return group_value(subvolume, "referenced");
}

void grow(const std::string& path) {
  btrfs_ioctl_vol_args arguments{};
  put_name(arguments.name, "max");
  if (ioctl(open_directory(path).get(), BTRFS_IOC_RESIZE, &arguments) != 0)
    runtime::fail_errno("cannot make the file system of `" + path + "` as large as its device");
}

}  // namespace croft::fs::btrfs
