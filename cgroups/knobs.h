// What the kernel is told about one group, in Croft's units and free of versions: barrier.h and guarantee.h
// compute it, the drivers in v1/ and v2/ write it as lines for files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/units.h"

namespace croft::cgroups {

inline constexpr std::uint32_t kLeastWeight = 1;
inline constexpr std::uint32_t kDefaultWeight = 100;
inline constexpr std::uint32_t kMostWeight = 10000;

struct CpuKnobs {
  std::optional<MilliCpu> quota;  // empty: none
  Micros burst{0};  // what one period may take of quota saved by earlier ones; at most the quota
  std::uint32_t weight = kDefaultWeight;
  bool operator==(const CpuKnobs&) const = default;
};

struct MemoryKnobs {
  Bytes protect{0};           // not reclaimed below this
  std::optional<Bytes> high;  // throttled and reclaimed above this
  std::optional<Bytes> max;   // OOM at this
  std::optional<Bytes> swap;  // most of it in swap
  bool kill_all = false;      // an OOM kill takes all processes of the group
  bool operator==(const MemoryKnobs&) const = default;
};

// A whole disk; partitions have no queue of their own.
struct BlockDevice {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  auto operator<=>(const BlockDevice&) const = default;
};

struct IoKnobs {
  std::optional<std::uint64_t> bytes_per_second;  // each way
  std::optional<std::uint64_t> operations_per_second;
  std::uint32_t weight = kDefaultWeight;
  std::vector<BlockDevice> devices;  // that the bounds hold for
  bool operator==(const IoKnobs&) const = default;
};

struct CpusetKnobs {
  std::string cpus;   // a kernel list; empty: those of the parent
  std::string nodes;  // likewise
  bool operator==(const CpusetKnobs&) const = default;
};

struct SocketKnobs {
  std::optional<std::uint64_t> tcp;  // empty: unlimited
  std::optional<std::uint64_t> other;
  bool operator==(const SocketKnobs&) const = default;
};

struct Knobs {
  CpuKnobs cpu;
  MemoryKnobs memory;
  IoKnobs io;
  std::optional<std::uint64_t> tasks;
  CpusetKnobs cpuset;
  std::map<std::string, Bytes> hugetlb;  // "2MB" -> most
  SocketKnobs sockets;
  bool operator==(const Knobs&) const = default;
};

}  // namespace croft::cgroups
