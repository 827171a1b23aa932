// The files of the view and the numbers by which the kernel knows them. Numbers are fixed, so that a server
// that takes over knows what its predecessor told the kernel.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace croft::view {

enum class Kind : std::uint8_t {
  kNone,
  kRoot,  // the kernel's number of it is 1
  kProc,
  kPressure,
  kSysCpu,
  kSysNode,
  kCpu,  // cpuN; from here to kCpuEnd the node's number has N in it
  kCpuTopology,
  kCpuNumber,   // core_id
  kCpuPackage,  // physical_package_id, die_id
  kCpuAlone,    // lists of one CPU
  kCpuAloneMap,
  kCpuAll,  // lists of all CPUs
  kCpuAllMap,
  kCpuEnd,
  kNode0,
  kMeminfo,
  kCpuinfo,
  kStat,
  kLoadavg,
  kUptime,
  kSwaps,
  kDiskstats,
  kPartitions,
  kVmstat,
  kPressureCpu,
  kPressureMemory,
  kPressureIo,
  kCpuList,  // online, present, possible
  kNothing,  // an empty line: offline, isolated
  kKernelMax,
  kNodeList,
  kNodeMeminfo,
  kNodeCpuMap,
  kBeancounters,
};

struct Node {
  Kind kind = Kind::kNone;
  std::uint8_t variant = 0;  // tells files of one kind in one directory apart
  unsigned cpu = 0;
  bool operator==(const Node&) const = default;
};

// kNone for a number that is no node's.
Node node_of(std::uint64_t number);
std::uint64_t number_of(const Node& node);

bool is_directory(Kind kind);
// Depends on who asks: not to be remembered by the kernel.
bool of_cpu(Kind kind);

struct Entry {
  Kind directory;
  std::string_view name;
  Kind kind;
  std::uint8_t variant;
};
// All entries but cpuN, by directory.
std::span<const Entry> entries();

// What `name` is in a directory, for one who sees `cpus` CPUs; kNone: nothing.
Node look_up(const Node& directory, std::string_view name, unsigned cpus);

// What is put over what in a container: below the view's mount, and inside.
struct Place {
  const char* from;
  const char* over;
  bool made = false;  // a file of the container's own /dev, and of no kernel
};
std::span<const Place> places();

}  // namespace croft::view
