// What one look at a group, and one look at the host, tell. Plain data: usage.h reads it, governor.h judges
// it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cgroups/units.h"

namespace croft::cgroups {

// What was not read, or is not counted on this host, is empty.
struct Reading {
  Micros at;                       // CLOCK_BOOTTIME
  std::optional<Micros> cpu;       // used since the group was made
  std::optional<Micros> cpu_user;  // of that, where the parts are read
  std::optional<Micros> cpu_system;
  std::optional<Micros> throttled;  // time that its quota held it
  std::optional<Bytes> memory;
  std::optional<Bytes> memory_peak;  // since the group was made
  std::optional<Bytes> swap;
  struct Io {
    std::uint64_t read_bytes = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
    bool operator==(const Io&) const = default;
  };
  std::optional<Io> io;  // since the group was made, all devices
  struct Net {
    std::uint64_t received = 0;  // bytes on the link, also those that wait or were dropped before a rate
    std::uint64_t sent = 0;
    bool operator==(const Net&) const = default;
  };
  std::optional<Net> net;  // since the link was made; put there by whoever counts it
  std::optional<std::uint64_t> tasks;
  std::optional<std::uint64_t> tasks_peak;
  std::optional<std::uint64_t> tcp_sockets;
  std::optional<std::uint64_t> other_sockets;
  // How often, since the group was made.
  std::optional<std::uint64_t> high_events;  // throttled at memory.high
  std::optional<std::uint64_t> oom_events;
  std::optional<std::uint64_t> oom_kills;
  std::optional<std::uint64_t> refused_tasks;
  std::optional<std::uint64_t> refused_tcp;
  std::optional<std::uint64_t> refused_other;
  std::optional<Micros> memory_stall;  // PSI full total: nothing in it ran for want of memory
  // What its memory is used for: cgroup-v2.rst, memory.stat; cgroup-v1/memory.rst, 5.2 and 2.7.
  struct MemoryParts {
    std::optional<Bytes> anonymous;
    std::optional<Bytes> file;  // cached, tmpfs and shared memory with it
    std::optional<Bytes> shared;
    std::optional<Bytes> locked;  // cannot be reclaimed, as mlock(2) has it
    std::optional<Bytes> kernel;  // since Linux 5.18 on v2
    std::optional<Bytes> slab;    // that can be reclaimed: directory entries, inodes
    std::optional<Bytes> sockets;
  };
  MemoryParts memory_parts;
};

// Pressure of the whole host. Totals of stall time since boot, where the kernel counts it (PSI), and what is
// free.
struct HostReading {
  Micros at;
  std::optional<Micros> cpu_stall;       // some
  std::optional<Micros> memory_stall;    // some
  std::optional<Micros> io_stall;        // some
  std::optional<std::uint64_t> scanned;  // pages, by reclaim for the host and not for a group's own limit
  struct Disks {
    std::array<Micros, 32> busy{};  // of each that is no other one's part or layer, as the kernel lists them
    std::size_t count = 0;
  };
  Disks disks;
  Bytes memory_total;
  Bytes memory_available;  // MemAvailable of /proc/meminfo
  Bytes swap_total;
  Bytes swap_free;
  std::uint64_t running = 0;  // tasks that run or wait for a CPU, /proc/loadavg
  std::uint64_t cpus = 1;     // online
};

}  // namespace croft::cgroups
