// Devices of the host in a container's /dev. A node cannot be made in a user namespace, nor be opened on a
// file system that was: so the /dev of a container that has some is a tmpfs of the host's, made before its
// first process is let go, in which root inside owns everything.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/change.h"
#include "runtime/launch.h"

namespace croft::fs {

inline constexpr std::size_t kMaxDeviceNodes = 128;  // of a container

struct DeviceNode {
  std::string path;  // below /dev
  mode_t mode = 0;   // type, and who may do what
  dev_t number = 0;
};

// The devices that `path` below `root` means: one, whichever links lead to it, or all in a directory and
// those below it. Throws Error kNotFound, kInvalid for what is no device, kExhausted for too many.
std::vector<DeviceNode> find_devices(const std::string& path, const std::string& root = "/dev");

// Makes it, with these nodes; root inside is `owner`. The mount goes to `out`.
struct MakeDev {
  std::vector<DeviceNode> nodes;
  std::uint32_t owner = 0;
  runtime::FdSlot out;
  [[nodiscard]] runtime::Description describe() const;
  void apply() const;
  void undo() const noexcept;
};

}  // namespace croft::fs
