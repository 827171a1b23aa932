// The root of a container as it was when a snapshot was made, to look into.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fs/overlay.h"
#include "runtime/fd.h"

namespace croft::fs {

struct SnapshotRoot {
  std::shared_ptr<const RootFacts> facts;
  std::vector<std::string> layers;  // as of MountRoot
  std::string upper;                // of the snapshot
  std::uint32_t id_base = 0;        // of the container
  std::string staging;
};

// A detached mount: read-only, with the container's ids as the host has them; nothing in it is a device, can
// be executed or gives rights. Nothing stays when the descriptor is closed. Throws Error.
runtime::Fd mount_snapshot(const SnapshotRoot& snapshot);

}  // namespace croft::fs
