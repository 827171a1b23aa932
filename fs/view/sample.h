// All that the files of the view are made from: one look at one container. Plain data, in bytes and
// microseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace croft::view {

inline constexpr unsigned kMaxCpus = 256;     // that a container can see; more are not shown
inline constexpr std::size_t kMaxDisks = 64;  // that a container used; more are not shown

// What the daemon says of a container (note.h).
struct Bounds {
  std::uint64_t memory = UINT64_MAX;   // limit
  std::uint64_t barrier = UINT64_MAX;  // of memory
  std::uint64_t swap = UINT64_MAX;
  std::uint64_t memswap = UINT64_MAX;  // memory and swap as one sum
  unsigned cpus = 1;                   // that it sees
  std::uint64_t started = 0;           // CLOCK_BOOTTIME
  bool operator==(const Bounds&) const = default;
};

// cgroup-v2.rst, memory.stat; v1 has some of them only, the others are 0.
struct Pages {
  std::uint64_t used = 0;  // all that is charged
  std::uint64_t swapped = 0;
  std::uint64_t anonymous = 0, file = 0, shared = 0, mapped = 0, dirty = 0, writeback = 0;
  std::uint64_t active_anonymous = 0, inactive_anonymous = 0, active_file = 0, inactive_file = 0;
  std::uint64_t unevictable = 0;
  std::uint64_t slab_reclaimable = 0, slab_unreclaimable = 0, kernel_stack = 0, page_tables = 0;
  std::uint64_t faults = 0, major_faults = 0;
};

struct HostMemory {
  std::uint64_t total = 0, available = 0, swap_total = 0, swap_free = 0;
};

// Of what the kernel refuses, or has a peak of. What it does not tell is empty.
struct Counters {
  std::optional<std::uint64_t> kernel, locked;           // bytes
  std::optional<std::uint64_t> memory_peak;              // bytes
  std::optional<std::uint64_t> tasks_peak, tasks_limit;  // no limit: empty
  std::uint64_t refused_tasks = 0, refused_memory = 0, killed = 0;
};

// Of one CPU that the container sees, since it started.
struct CpuTime {
  std::uint64_t user = 0, system = 0, idle = 0;
  bool operator==(const CpuTime&) const = default;
};

struct Disk {
  std::uint32_t major = 0, minor = 0;
  std::array<char, 32> name{};
  std::uint64_t reads = 0, read_bytes = 0, writes = 0, written_bytes = 0;
};

struct Sample {
  Bounds bounds;
  Pages pages;
  HostMemory host;
  std::array<CpuTime, kMaxCpus> cpus{};  // bounds.cpus of them
  std::uint64_t uptime = 0;
  std::uint64_t boot = 0;               // seconds since 1970
  std::array<std::uint64_t, 3> load{};  // in hundredths, of 1, 5 and 15 minutes
  std::uint64_t running = 0, tasks = 0;
  Counters counters;
  std::array<Disk, kMaxDisks> disks{};
  std::size_t disk_count = 0;
  std::string_view cpuinfo;   // the host's own, as the kernel wrote it
  std::string_view pressure;  // the group's own text of the pressure file that is read
};

}  // namespace croft::view
