// What many containers need of a host beyond processor, memory and disk: bounds of the kernel that all
// containers share, and ranges of Croft's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace croft::ctl {

inline constexpr std::uint64_t kMostContainers = 100'000;  // that can be asked about

struct Need {
  std::string what;          // "fs.inotify.max_user_instances", "addresses of the pool default"
  std::uint64_t needed = 0;  // at least
  std::string why;
  bool sysctl = false;  // `what` is one, dotted as sysctl(8) has it
};

// The sysctls that matter for so many containers, each with a Debian system in it. Pure.
std::vector<Need> sysctl_needs(std::uint64_t containers);

// "fs.aio-max-nr" -> "/proc/sys/fs/aio-max-nr"
std::string sysctl_path(const std::string& name);

}  // namespace croft::ctl
