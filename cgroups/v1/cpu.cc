#include <algorithm>
#include <array>

#include "cgroups/cpu_quota.h"
#include "cgroups/figures.h"
#include "cgroups/files.h"
#include "cgroups/lines.h"
#include "cgroups/reading.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

constexpr std::uint64_t kDefaultShares = 1024;

std::string shares_of(const CpuKnobs& knobs) {
  return std::to_string(std::clamp<std::uint64_t>(knobs.weight * kDefaultShares / kDefaultWeight, 2, 262144));
}

// For a new period the quota is lifted first: the new period with the old quota could be refused.
std::vector<FileValue> quota_lines(const CpuQuota& now, const CpuQuota& next) {
  if (now == next) return {};
  std::vector<FileValue> lines;
  if (now.period != next.period) {
    if (now.quota) lines.push_back({"cpu.cfs_quota_us", "-1"});
    lines.push_back({"cpu.cfs_period_us", std::to_string(next.period.count)});
  }
  if (next.quota || now.period == next.period)
    lines.push_back({"cpu.cfs_quota_us", next.quota ? std::to_string(next.quota->count) : "-1"});
  return lines;
}

// The kernel refuses a burst above the quota: it shrinks before the quota and grows after it.
std::vector<FileValue> lines(const CpuKnobs& now, const CpuKnobs& next) {
  std::vector<FileValue> result = quota_lines(quota_of(now.quota), quota_of(next.quota));
  const std::uint64_t before = burst_of(now);
  const std::uint64_t after = burst_of(next);
  if (before != after)
    result.insert(after < before ? result.begin() : result.end(),
                  {"cpu.cfs_burst_us", std::to_string(after), true});
  if (shares_of(now) != shares_of(next)) result.push_back({"cpu.shares", shares_of(next)});
  return result;
}

constexpr std::uint64_t kNanosInMicro = 1000;

std::optional<std::uint64_t> micros(std::optional<std::uint64_t> nanos) {
  return nanos ? std::optional(*nanos / kNanosInMicro) : std::nullopt;
}

constexpr std::array kGauges{
    Gauge{"cpu.stat", {}, [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.throttled, micros(number_of_line(text, "throttled_time")));
          }}};
constexpr std::array kUsageGauges{
    Gauge{"cpuacct.usage",
          {},
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.cpu, micros(leading_number(text)));
          }},
    Gauge{"cpuacct.usage_user", &Wanted::modes,
          [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.cpu_user, micros(leading_number(text)));
          }},
    Gauge{"cpuacct.usage_sys", &Wanted::modes, [](std::string_view text, const Wanted&, Reading& reading) {
            set(reading.cpu_system, micros(leading_number(text)));
          }}};

std::uint32_t weight(const runtime::Fd& directory) {
  return static_cast<std::uint32_t>(read_number(directory, "cpu.shares") * kDefaultWeight / kDefaultShares);
}

}  // namespace

constinit const CpuDriver kCpu{lines, kGauges, weight};
constinit const CpuUsageDriver kCpuUsage{kUsageGauges};

}  // namespace croft::cgroups::v1
