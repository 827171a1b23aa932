// What differs between the unified hierarchy (v2) and the older ones (v1), as tables of functions. v1/ and
// v2/ fill the same tables from files with the same names; hierarchy.cc picks a table for each facet, once;
// everything else calls what it was given.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cgroups/devices.h"
#include "cgroups/gauge.h"
#include "cgroups/knobs.h"
#include "cgroups/units.h"
#include "runtime/change.h"
#include "runtime/fd.h"

namespace croft::cgroups {

// One line for one kernel interface file.
struct FileValue {
  std::string file;
  std::string value;
  bool may_lack = false;                // where the kernel has no such file there is nothing to write
  bool of_parent = false;               // the value is what the parent's file holds
  std::optional<std::string> before{};  // what undoes it; empty: what the file held
  bool operator==(const FileValue&) const = default;
};
using Milliseconds = std::chrono::milliseconds;

// `lines` gives what takes a group from one state of its knobs to another: only what differs, in an order in
// which the kernel takes each write. `fresh` is what it gives a new group, where that is not the knobs' own
// default. `gauges` are what is read of a group.
struct MemoryDriver {
  std::vector<FileValue> (*lines)(const MemoryKnobs& now, const MemoryKnobs& next);
  std::span<const Gauge> gauges;
  // One step towards `target`: has the kernel take back at most `step`, and gives what is used then. Null
  // where writing a lower bound does that, and fails when it cannot.
  Bytes (*reclaim)(const runtime::Fd& directory, Bytes target, Bytes step);
  MemoryKnobs fresh;
};
struct CpuDriver {
  std::vector<FileValue> (*lines)(const CpuKnobs& now, const CpuKnobs& next);
  std::span<const Gauge> gauges;
  std::uint32_t (*weight)(const runtime::Fd& directory);  // as in CpuKnobs
};
struct CpuUsageDriver {
  std::span<const Gauge> gauges;
};
struct TasksDriver {
  std::vector<FileValue> (*lines)(std::optional<std::uint64_t> now, std::optional<std::uint64_t> next);
  std::span<const Gauge> gauges;
};
struct IoDriver {
  std::vector<FileValue> (*lines)(const IoKnobs& now, const IoKnobs& next);
  std::span<const Gauge> gauges;
};
struct CpusetDriver {
  std::vector<FileValue> (*lines)(const CpusetKnobs& now, const CpusetKnobs& next);
};
using HugetlbKnobs = std::map<std::string, Bytes>;  // as in Knobs
struct HugetlbDriver {
  // Throws Error kInvalid for what cannot be a page size.
  std::vector<FileValue> (*lines)(const HugetlbKnobs& now, const HugetlbKnobs& next);
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
