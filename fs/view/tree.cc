#include "fs/view/tree.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "fs/view/sample.h"

namespace croft::view {
namespace {

constexpr unsigned kVariantShift = 8;
constexpr unsigned kCpuShift = 16;
constexpr std::uint64_t kByte = 0xff;

constexpr std::array kEntries{
    Entry{Kind::kRoot, "proc", Kind::kProc, 0},
    Entry{Kind::kRoot, "cpu", Kind::kSysCpu, 0},
    Entry{Kind::kRoot, "node", Kind::kSysNode, 0},
    Entry{Kind::kRoot, "user_beancounters", Kind::kBeancounters, 0},
    Entry{Kind::kProc, "meminfo", Kind::kMeminfo, 0},
    Entry{Kind::kProc, "cpuinfo", Kind::kCpuinfo, 0},
    Entry{Kind::kProc, "stat", Kind::kStat, 0},
    Entry{Kind::kProc, "loadavg", Kind::kLoadavg, 0},
    Entry{Kind::kProc, "uptime", Kind::kUptime, 0},
    Entry{Kind::kProc, "swaps", Kind::kSwaps, 0},
    Entry{Kind::kProc, "diskstats", Kind::kDiskstats, 0},
    Entry{Kind::kProc, "partitions", Kind::kPartitions, 0},
    Entry{Kind::kProc, "vmstat", Kind::kVmstat, 0},
    Entry{Kind::kProc, "pressure", Kind::kPressure, 0},
    Entry{Kind::kPressure, "cpu", Kind::kPressureCpu, 0},
    Entry{Kind::kPressure, "memory", Kind::kPressureMemory, 0},
    Entry{Kind::kPressure, "io", Kind::kPressureIo, 0},
    Entry{Kind::kSysCpu, "online", Kind::kCpuList, 0},
    Entry{Kind::kSysCpu, "present", Kind::kCpuList, 1},
    Entry{Kind::kSysCpu, "possible", Kind::kCpuList, 2},
    Entry{Kind::kSysCpu, "offline", Kind::kNothing, 0},
    Entry{Kind::kSysCpu, "isolated", Kind::kNothing, 1},
    Entry{Kind::kSysCpu, "kernel_max", Kind::kKernelMax, 0},
    Entry{Kind::kSysNode, "online", Kind::kNodeList, 0},
    Entry{Kind::kSysNode, "possible", Kind::kNodeList, 1},
    Entry{Kind::kSysNode, "has_cpu", Kind::kNodeList, 2},
    Entry{Kind::kSysNode, "has_memory", Kind::kNodeList, 3},
    Entry{Kind::kSysNode, "node0", Kind::kNode0, 0},
    Entry{Kind::kNode0, "cpulist", Kind::kCpuList, 3},
    Entry{Kind::kNode0, "cpumap", Kind::kNodeCpuMap, 0},
    Entry{Kind::kNode0, "meminfo", Kind::kNodeMeminfo, 0},
    Entry{Kind::kCpu, "topology", Kind::kCpuTopology, 0},
    Entry{Kind::kCpuTopology, "core_id", Kind::kCpuNumber, 0},
    Entry{Kind::kCpuTopology, "physical_package_id", Kind::kCpuPackage, 0},
    Entry{Kind::kCpuTopology, "die_id", Kind::kCpuPackage, 1},
    Entry{Kind::kCpuTopology, "thread_siblings_list", Kind::kCpuAlone, 0},
    Entry{Kind::kCpuTopology, "core_cpus_list", Kind::kCpuAlone, 1},
    Entry{Kind::kCpuTopology, "thread_siblings", Kind::kCpuAloneMap, 0},
    Entry{Kind::kCpuTopology, "core_cpus", Kind::kCpuAloneMap, 1},
    Entry{Kind::kCpuTopology, "core_siblings_list", Kind::kCpuAll, 0},
    Entry{Kind::kCpuTopology, "package_cpus_list", Kind::kCpuAll, 1},
    Entry{Kind::kCpuTopology, "core_siblings", Kind::kCpuAllMap, 0},
    Entry{Kind::kCpuTopology, "package_cpus", Kind::kCpuAllMap, 1},
};

// One each is cheaper for a start than one look more for a reader: a mount costs some microseconds.
constexpr std::array kPlaces{
    Place{"proc/meminfo", "/proc/meminfo"},
    Place{"proc/cpuinfo", "/proc/cpuinfo"},
    Place{"proc/stat", "/proc/stat"},
    Place{"proc/loadavg", "/proc/loadavg"},
    Place{"proc/uptime", "/proc/uptime"},
    Place{"proc/swaps", "/proc/swaps"},
    Place{"proc/diskstats", "/proc/diskstats"},
    Place{"proc/partitions", "/proc/partitions"},
    Place{"proc/vmstat", "/proc/vmstat"},
    Place{"proc/pressure", "/proc/pressure"},
    Place{"cpu", "/sys/devices/system/cpu"},
    Place{"node", "/sys/devices/system/node"},
    // In /proc, where it was, no file can be made to put it over.
    Place{"user_beancounters", "/dev/user_beancounters", true},
};

// N of "cpuN", as sysfs writes it.
bool cpu_of(std::string_view name, unsigned& cpu) {
  constexpr std::string_view kStem = "cpu";
  if (!name.starts_with(kStem)) return false;
  name.remove_prefix(kStem.size());
  if (name.empty() || (name.size() > 1 && name.front() == '0')) return false;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), cpu);
  return error == std::errc() && end == name.data() + name.size();
}

}  // namespace

Node node_of(std::uint64_t number) {
  const Node node{static_cast<Kind>(number & kByte),
                  static_cast<std::uint8_t>(number >> kVariantShift & kByte),
                  static_cast<unsigned>(number >> kCpuShift & 0xffffU)};
  const bool known = number == 1 || (node.kind == Kind::kCpu && node.variant == 0) ||
                     std::any_of(kEntries.begin(), kEntries.end(), [&](const Entry& e) {
                       return e.kind == node.kind && e.variant == node.variant;
                     });
  if (!known || number_of(node) != number || node.cpu >= kMaxCpus) return {};
  return node.cpu > 0 && !of_cpu(node.kind) ? Node{} : node;
}

std::uint64_t number_of(const Node& node) {
  return static_cast<std::uint64_t>(node.kind) | std::uint64_t{node.variant} << kVariantShift |
         std::uint64_t{node.cpu} << kCpuShift;
}

bool is_directory(Kind kind) {
  return kind == Kind::kRoot || kind == Kind::kProc || kind == Kind::kPressure || kind == Kind::kSysCpu ||
         kind == Kind::kSysNode || kind == Kind::kCpu || kind == Kind::kCpuTopology || kind == Kind::kNode0;
}

bool of_cpu(Kind kind) {
  return kind >= Kind::kCpu && kind < Kind::kCpuEnd;
}

std::span<const Entry> entries() {
  return kEntries;
}

Node look_up(const Node& directory, std::string_view name, unsigned cpus) {
  if (of_cpu(directory.kind) && directory.cpu >= cpus) return {};
  unsigned cpu = 0;
  if (directory.kind == Kind::kSysCpu && cpu_of(name, cpu))
    return cpu < std::min(cpus, kMaxCpus) ? Node{Kind::kCpu, 0, cpu} : Node{};
  for (const Entry& entry : kEntries)
    if (entry.directory == directory.kind && entry.name == name)
      return {entry.kind, entry.variant, directory.cpu};
  return {};
}

std::span<const Place> places() {
  return kPlaces;
}

}  // namespace croft::view
