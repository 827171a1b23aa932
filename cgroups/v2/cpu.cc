#include <array>

#include "cgroups/cpu_quota.h"
#include "cgroups/figures.h"
#include "cgroups/files.h"
#include "cgroups/lines.h"
#include "cgroups/reading.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

// The kernel refuses a burst above the quota: it shrinks before the quota and grows after it.
std::vector<FileValue> lines(const CpuKnobs& now, const CpuKnobs& next) {
  std::vector<FileValue> result;
  const CpuQuota quota = quota_of(next.quota);
  if (quota != quota_of(now.quota))
    result.push_back({"cpu.max", (quota.quota ? std::to_string(quota.quota->count) : "max") + " " +
                                     std::to_string(quota.period.count)});
  const std::uint64_t before = burst_of(now);
  const std::uint64_t after = burst_of(next);
  if (before != after)
    result.insert(after < before ? result.begin() : result.end(),
                  {"cpu.max.burst", std::to_string(after), true});
  if (now.weight != next.weight) result.push_back({"cpu.weight", std::to_string(next.weight)});
  return result;
}

// The first lines are there without the controller, too.
constexpr std::array kUsageGauges{
    Gauge{"cpu.stat", {}, [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.cpu, number_of_line(text, "usage_usec"));
            set(reading.cpu_user, number_of_line(text, "user_usec"));
            set(reading.cpu_system, number_of_line(text, "system_usec"));
            set(reading.throttled, number_of_line(text, "throttled_usec"));
          }}};

std::uint32_t weight(const runtime::Fd& directory) {
  return static_cast<std::uint32_t>(read_number(directory, "cpu.weight"));
}

}  // namespace

constinit const CpuDriver kCpu{lines, {}, weight};
constinit const CpuUsageDriver kCpuUsage{kUsageGauges};

}  // namespace croft::cgroups::v2
