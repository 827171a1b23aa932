#include "cgroups/cpu_quota.h"
#include "cgroups/files.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

// The quota is lifted first: a new period with the old quota could be refused.
std::vector<FileValue> limit(std::optional<MilliCpu> value) {
  const CpuQuota quota = quota_of(value);
  if (!quota.quota) return {{"cpu.cfs_quota_us", "-1"}};
  return {{"cpu.cfs_quota_us", "-1"},
          {"cpu.cfs_period_us", std::to_string(quota.period.count)},
          {"cpu.cfs_quota_us", std::to_string(quota.quota->count)}};
}

Micros used(const runtime::Fd& directory) {
  return {read_number(directory, "cpuacct.usage") / 1000};
}

}  // namespace

constinit const CpuDriver kCpu{limit};
constinit const CpuUsageDriver kCpuUsage{used};

}  // namespace croft::cgroups::v1
