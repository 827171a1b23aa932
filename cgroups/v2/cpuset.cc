#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

// An empty line stands for what the parent has; a write of nothing at all would not reach the kernel.
void add_list(std::vector<FileValue>& lines, const char* file, const std::string& now,
              const std::string& next) {
  if (now != next) lines.push_back({file, next.empty() ? "\n" : next});
}

std::vector<FileValue> lines(const CpusetKnobs& now, const CpusetKnobs& next) {
  std::vector<FileValue> result;
  add_list(result, "cpuset.cpus", now.cpus, next.cpus);
  add_list(result, "cpuset.mems", now.nodes, next.nodes);
  return result;
}

}  // namespace

constinit const CpusetDriver kCpuset{lines};

}  // namespace croft::cgroups::v2
