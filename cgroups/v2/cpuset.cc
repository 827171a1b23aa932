#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

// An empty list is refused while somebody is in the group.
void add_list(std::vector<FileValue>& lines, const char* file, const std::string& now,
              const std::string& next) {
  if (now != next) lines.push_back({file, next, false, next.empty()});
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
