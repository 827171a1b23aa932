// What is mounted inside a container's root before its init runs: /proc, /sys, a minimal /dev, /run and
// masks. Steps only; runtime/child.cc does them. The files that tell the container who it is: fs/identity.h.
//
// Where in the launch list: after LaunchList::root (targets are resolved in the new root) and before
// enter_root. A new proc or sysfs may be mounted in a user namespace only while the mount namespace still
// shows a whole one (mount_too_revealing in the kernel's fs/namespace.c), and that is the one in the copy of
// the host's mount tree. The pid, network and ipc namespaces must be the container's own by then.
//
// What masks and read-only mounts are worth: the container's root owns its mount namespace and could take
// them off again. What keeps it from the host is the user namespace: these files belong to the host's root,
// whom no id in the container's range is. They hide what would mislead or inform, and are the second line
// where a kernel forgets a permission check. They also keep nested user namespaces from mounting a proc and a
// sysfs of their own, which takes whole ones in sight: with `nested` there is one of each in /dev/.croft.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/launch.h"

namespace croft::fs {

struct InsideIntent {
  // Bound of /dev/shm. tmpfs pages count against memory.limit; this keeps them within it where the host has
  // no memory controller. Half of memory.limit is a good value.
  std::uint64_t shm_bytes = std::uint64_t{512} << 20;
  // A tmpfs on /run with this bound; 0 leaves /run as the image has it. Every init wants an empty /run at
  // boot: systemd takes one that is there (its own would be sized by the host's memory), sysvinit and OpenRC
  // mount their own over it. It is 0 for plain commands only, whose images may carry directories in /run that
  // they rely on.
  std::uint64_t run_bytes = std::uint64_t{64} << 20;
  // The /dev of a container that has devices of the host (fs/devices.h); unset: one of its own is made.
  std::optional<runtime::Slot> dev{};
  bool nested = false;  // user namespaces in it are to have a proc and a sysfs of their own
};

// Appends the steps; gives the slot of the new proc, for plan_sysctls (fs/sysctl.h). The console is not made
// here: it needs the devpts that is.
runtime::Slot plan_inside(const InsideIntent& intent, runtime::LaunchList& list);

// One path that is masked or made read-only, and why: the whole table is data, for documentation and tests.
struct HiddenPath {
  const char* path;
  const char* reason;
};
const std::vector<HiddenPath>& masked_paths();
const std::vector<HiddenPath>& read_only_paths();

}  // namespace croft::fs
