// Which block devices lie under a directory, so that I/O on its files can be bounded and counted.
#pragma once

#include <string>
#include <vector>

#include "cgroups/hierarchy.h"
#include "cgroups/knobs.h"

namespace croft::cgroups {

struct Disks {
  std::vector<BlockDevice> devices;  // sorted; several only where a file system spans them (btrfs)
  std::string reason;                // why there are none: "tmpfs has no block device"
};

// A partition stands for its disk, which has the queue. Stacked devices (device mapper, md, loop) stand for
// themselves: a bound on the top one holds already, and on those below too it would count everything twice.
// `roots` gives proc (self/mountinfo) and sys (dev/block, class/block, fs/btrfs). Throws Error when the
// directory cannot be looked at.
Disks disks_under(const Roots& roots, const std::string& directory);

// "mq-deadline", "bfq", ... or "none"; empty where the kernel does not tell.
std::string scheduler_of(const Roots& roots, const BlockDevice& device);

}  // namespace croft::cgroups
