// Bounds of what a container, or a hostile tree, can make this folder do.
#pragma once

#include <cstddef>
#include <cstdint>

namespace croft::cgroups {

// A delegated container's own cgroups (cgroup.max.descendants, cgroup.max.depth; unified hierarchy only, v1
// has no such knob). A booted Debian has about 60, three levels deep.
inline constexpr std::uint64_t kMaxDescendants = 4096;
inline constexpr std::uint64_t kMaxDepth = 32;
// Leaf cgroups that are tried for exec: the guest may have taken a name.
inline constexpr std::size_t kMaxExecNames = 8;
// Rules of one device program; eight instructions each, far below the kernel's 4096 for unprivileged
// programs.
inline constexpr std::size_t kMaxDeviceRules = 256;
// Processes that one walk reports, and cgroups that it visits.
inline constexpr std::size_t kMaxProcesses = 65536;
inline constexpr std::size_t kMaxVisited = 65536;
// Tenants within tenants.
inline constexpr std::size_t kMaxTenantDepth = 8;
// Groups that one listing below ROOT reports.
inline constexpr std::size_t kMaxListed = 65536;

}  // namespace croft::cgroups
