#include "cgroups/cpu_quota.h"

#include "runtime/error.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kLongPeriod = 1000000;
constexpr std::uint64_t kLeastQuota = 1000;
constexpr std::uint64_t kMostMilli = (std::uint64_t{1} << 20) * 1000;

}  // namespace

CpuQuota quota_of(std::optional<MilliCpu> limit) {
  CpuQuota result;
  if (!limit || limit->count >= kMostMilli) return result;
  if (limit->count == 0)
    throw runtime::Error(std::vector<runtime::FieldError>{{"cpu.limit", "must be at least 0.001 CPUs"}});
  result.quota = Micros{limit->count * result.period.count / 1000};
  if (result.quota->count >= kLeastQuota) return result;
  result.period = Micros{kLongPeriod};
  result.quota = Micros{limit->count * kLongPeriod / 1000};
  return result;
}

}  // namespace croft::cgroups
