// What is told about mounts in /proc/PID/mountinfo, proc_pid_mountinfo(5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace croft::cgroups {

struct CgroupMount {
  std::string point;
  std::string type;                  // "cgroup" or "cgroup2"
  bool writable = false;             // neither mount nor file system is read-only
  std::vector<std::string> options;  // of the file system: controllers, name=, nsdelegate
};

std::vector<CgroupMount> cgroup_mounts(std::string_view mountinfo);

struct MountSource {
  std::string type;    // "btrfs"
  std::string source;  // "/dev/sda1"
};
// Of the mount with this number (statx(2), STATX_MNT_ID).
std::optional<MountSource> mount_of(std::string_view mountinfo, std::uint64_t id);

}  // namespace croft::cgroups
