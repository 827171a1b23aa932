// The cgroup mounts among the mounts of a process: /proc/PID/mountinfo, proc_pid_mountinfo(5).
#pragma once

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

}  // namespace croft::cgroups
