// One container's cgroup, its files kept open: gives samples.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cgroups/hierarchy.h"
#include "cgroups/reading.h"
#include "cgroups/reread.h"
#include "cgroups/usage.h"
#include "fs/view/shared.h"
#include "fs/view/tree.h"
#include "runtime/fd.h"

namespace croft::view {

// What all containers share: the host's files, kept open, and the directory of notes.
struct Host {
  cgroups::Layout layout;
  runtime::Fd meminfo;
  runtime::Fd diskstats;
  std::string cpuinfo;  // as it was when the server started: reading it takes the kernel milliseconds
  runtime::Fd notes;    // directory
  std::uint64_t boot = 0;
};

// Throws Error.
Host open_host(const cgroups::Roots& roots, const std::string& notes);

class Group {
 public:
  // `path` is the group's below each hierarchy's mount. Throws Error kNotFound when it is gone.
  Group(const Host& host, Shared& shared, std::string path, std::string uuid);

  // What the file is made from; `sample` keeps what it had of all else. No allocation. Throws Error kNotFound
  // when the group is gone.
  void take(const Host& host, Shared& shared, Kind kind, Sample& sample);
  // How many CPUs it sees now.
  unsigned cpus(const Host& host);
  // One step of its load, and of its times. Throws as take.
  void tick(const Host& host, Shared& shared);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Disks {
    runtime::Fd bytes;
    runtime::Fd operations;  // v1 alone
  };
  void read_note(const Host& host);
  const Clocks& take_times(Shared& shared, const cgroups::Reading& reading);
  void take_memory(const Host& host, Sample& sample);
  void take_counters(const Host& host, Sample& sample);
  void take_disks(const Host& host, Sample& sample);

  std::string path_;
  std::string uuid_;
  runtime::Fd note_;
  Bounds bounds_;
  cgroups::Meter meter_;
  cgroups::Meter memory_meter_;
  std::optional<cgroups::Reading> ticked_;  // what the last tick found
  runtime::Fd memory_stat_;
  Disks disks_;
  std::optional<cgroups::Meter> counters_;  // from the first look on: hardly anybody asks
  runtime::Fd tasks_limit_;
  runtime::Fd pressure_[3];  // cpu, memory, io
  cgroups::Text text_;       // of what a sample refers to
};

}  // namespace croft::view
