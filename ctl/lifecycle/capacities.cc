// What this host has, and what it keeps for itself.
#include <sys/sysinfo.h>

#include <algorithm>

#include "ctl/lifecycle/plans.h"
#include "ctl/spec/units.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;

constexpr std::uint64_t kReservedMemory = std::uint64_t{256} << 20;
constexpr std::uint64_t kReservedTasks = 1024;

std::uint64_t number_in(const std::string& path) {
  std::string text = runtime::read_file(path);
  while (text.ends_with('\n')) text.pop_back();
  return parse_count(text);
}

}  // namespace

// The reserve is what the kernel and the host's own services need at the least: a sixteenth of the memory, at
// most kReservedMemory, and a sixteenth of the tasks likewise. Processor time is shared by weight
// (guarantee.h).
cgroups::Capacities host_capacities() {
  cgroups::Capacities all;
  const auto put = [&all](Resource resource, std::uint64_t total, std::uint64_t reserve) {
    all.at(static_cast<std::size_t>(resource)) = {.total = total, .reserve = reserve};
  };
  struct sysinfo info {};
  sysinfo(&info);
  const std::uint64_t memory = std::uint64_t{info.totalram} * info.mem_unit;
  const std::uint64_t tasks =
      std::min(number_in("/proc/sys/kernel/pid_max"), number_in("/proc/sys/kernel/threads-max"));
  put(Resource::kCpu, static_cast<std::uint64_t>(get_nprocs()) * 1000, 0);
  put(Resource::kMemory, memory, std::min(memory / 16, kReservedMemory));
  put(Resource::kSwap, std::uint64_t{info.totalswap} * info.mem_unit, 0);
  put(Resource::kTasks, tasks, std::min(tasks / 16, kReservedTasks));
  return all;
}

}  // namespace croft::ctl
