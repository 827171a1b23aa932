#include "cgroups/cpu_quota.h"
#include "cgroups/files.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

std::vector<FileValue> limit(std::optional<MilliCpu> value) {
  const CpuQuota quota = quota_of(value);
  const std::string first = quota.quota ? std::to_string(quota.quota->count) : "max";
  return {{"cpu.max", first + " " + std::to_string(quota.period.count)}};
}

// cpu.stat's first lines are there without the controller, too.
Micros used(const runtime::Fd& directory) {
  return {keyed_number(read_value(directory, "cpu.stat"), "usage_usec")};
}

}  // namespace

constinit const CpuDriver kCpu{limit};
constinit const CpuUsageDriver kCpuUsage{used};

}  // namespace croft::cgroups::v2
