#include "fs/view/render.h"

#include <algorithm>
#include <string_view>

#include "cgroups/figures.h"
#include "fs/view/render_parts.h"
#include "fs/view/writer.h"

namespace croft::view {
namespace {

constexpr std::uint64_t kMicrosInHundredth = 10'000;

void uptime(const Sample& sample, Writer& out) {
  std::uint64_t idle = 0;
  for (unsigned i = 0; i < sample.bounds.cpus; ++i) idle += sample.cpus[i].idle;
  out.hundredths(sample.uptime / kMicrosInHundredth) << " ";
  out.hundredths(idle / kMicrosInHundredth) << "\n";
}

// The last number is the pid that was given last; a container's own is not known here.
void loadavg(const Sample& sample, Writer& out) {
  for (const std::uint64_t load : sample.load) out.hundredths(load) << " ";
  out << sample.running << "/" << std::max(sample.tasks, sample.running) << " " << sample.tasks << "\n";
}

void partitions(Writer& out) {
  out << "major minor  #blocks  name\n\n";
}

// Documentation/admin-guide/iostats.rst: what a cgroup does not count is 0.
void diskstats(const Sample& sample, Writer& out) {
  constexpr std::uint64_t kSector = 512;
  for (std::size_t i = 0; i < sample.disk_count; ++i) {
    const Disk& disk = sample.disks[i];
    out.padded(disk.major, 4).padded(disk.minor, 8)
        << " " << std::string_view(disk.name.data()) << " " << disk.reads << " 0 "
        << disk.read_bytes / kSector << " 0 " << disk.writes << " 0 " << disk.written_bytes / kSector
        << " 0 0 0 0 0 0 0 0 0 0\n";
  }
}

void topology(const Node& node, const Sample& sample, Writer& out) {
  switch (node.kind) {
    case Kind::kCpuNumber:
      out << std::uint64_t{node.cpu} << "\n";
      return;
    case Kind::kCpuPackage:
      out << "0\n";
      return;
    case Kind::kCpuAlone:
      out << std::uint64_t{node.cpu} << "\n";
      return;
    case Kind::kCpuAloneMap:
      return cpu_map(node.cpu, node.cpu + 1, sample.bounds.cpus, out);
    case Kind::kCpuAll:
      return cpu_list(sample.bounds.cpus, out);
    default:
      return cpu_map(0, sample.bounds.cpus, sample.bounds.cpus, out);
  }
}

void system_files(const Node& node, const Sample& sample, Writer& out) {
  switch (node.kind) {
    case Kind::kCpuList:
      return cpu_list(sample.bounds.cpus, out);
    case Kind::kNothing:
      out << "\n";
      return;
    case Kind::kKernelMax:
      out << std::uint64_t{sample.bounds.cpus - 1} << "\n";
      return;
    case Kind::kNodeList:
      out << "0\n";
      return;
    case Kind::kNodeMeminfo:
      return node_meminfo(sample, out);
    case Kind::kNodeCpuMap:
      return cpu_map(0, sample.bounds.cpus, sample.bounds.cpus, out);
    default:
      return topology(node, sample, out);
  }
}

}  // namespace

std::size_t render(const Node& node, const Sample& sample, std::span<char> space) {
  Writer out(space);
  switch (node.kind) {
    case Kind::kMeminfo:
      meminfo(sample, out);
      break;
    case Kind::kVmstat:
      vmstat(sample, out);
      break;
    case Kind::kSwaps:
      swaps(sample, out);
      break;
    case Kind::kCpuinfo:
      cpuinfo(sample, out);
      break;
    case Kind::kStat:
      stat(sample, out);
      break;
    case Kind::kLoadavg:
      loadavg(sample, out);
      break;
    case Kind::kUptime:
      uptime(sample, out);
      break;
    case Kind::kDiskstats:
      diskstats(sample, out);
      break;
    case Kind::kPartitions:
      partitions(out);
      break;
    case Kind::kBeancounters:
      beancounters(sample, out);
      break;
    case Kind::kPressureCpu:
    case Kind::kPressureMemory:
    case Kind::kPressureIo:
      out << sample.pressure;
      break;
    default:
      system_files(node, sample, out);
  }
  return out.size();
}

}  // namespace croft::view
