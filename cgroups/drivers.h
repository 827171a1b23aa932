// What differs between the unified hierarchy (v2) and the older ones (v1), as tables of functions. v1/ and
// v2/ fill the same tables from files with the same names; hierarchy.cc picks a table for each facet, once;
// everything else calls what it was given.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/devices.h"
#include "cgroups/units.h"
#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::cgroups {

// One line for one kernel interface file.
struct FileValue {
  std::string file;
  std::string value;
  bool operator==(const FileValue&) const = default;
};
using Milliseconds = std::chrono::milliseconds;

struct MemoryDriver {
  std::vector<FileValue> (*limit)(std::optional<Bytes>);  // in writing order; empty = no limit
  Bytes (*used)(const runtime::Fd& directory);            // one read
};
struct CpuDriver {
  std::vector<FileValue> (*limit)(std::optional<MilliCpu>);
};
struct CpuUsageDriver {
  Micros (*used)(const runtime::Fd& directory);
};
struct TasksDriver {
  std::vector<FileValue> (*limit)(std::optional<std::uint64_t>);
  std::uint64_t (*used)(const runtime::Fd& directory);
};
struct DevicesDriver {
  // Adds the changes that make `rules` hold in the cgroup at `directory`.
  void (*plan)(const std::string& directory, const DeviceRules& rules,
               const std::shared_ptr<DevicePrograms>& programs, runtime::Changes& changes);
};
struct FreezeDriver {
  // Throws Error kTimeout, after thawing again, when a process does not stop in time.
  void (*freeze)(const runtime::Fd& directory, Milliseconds timeout);
  void (*thaw)(const runtime::Fd& directory);
  bool (*frozen)(const runtime::Fd& directory);
};
struct KillDriver {
  // SIGKILL to every process below, without waiting for their end. May miss processes that are just being
  // forked.
  void (*kill)(const runtime::Fd& directory);
  bool (*populated)(const runtime::Fd& directory);
  // Waits until no process is left. False after `timeout`.
  bool (*wait_empty)(const runtime::Fd& directory, Milliseconds timeout);
};
// How groups of one hierarchy are made, given away and entered. `controllers` are Hierarchy::needed.
struct TreeDriver {
  // Can a group be made in this parent as it is?
  bool (*ready)(const runtime::Fd& parent, const std::vector<std::string>& controllers);
  // Makes a parent ready. Returns what `unprepare` must be given to take it back, empty when nothing was
  // done.
  std::string (*prepare)(const runtime::Fd& parent, const std::string& shown,
                         const std::vector<std::string>& controllers);
  void (*unprepare)(const runtime::Fd& parent, const std::string& done) noexcept;
  // Called on a new group.
  void (*made)(const runtime::Fd& parent, const runtime::Fd& child,
               const std::vector<std::string>& controllers);
  std::vector<std::string> delegated_files;  // given to a delegated group's owner, beside the directory
  std::vector<FileValue> bounds;             // on what that owner can make
  // File that a process writes "0" to to get in; empty where processes are born into groups.
  std::string entry_file;
};

}  // namespace croft::cgroups
