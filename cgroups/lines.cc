#include "cgroups/lines.h"

#include <algorithm>
#include <limits>
#include <set>

#include "cgroups/cpu_quota.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

// The kernel counts operations in 32 bits, and takes the largest number for none.
constexpr std::uint64_t kMostOperations = std::numeric_limits<std::uint32_t>::max() - 1;

std::optional<Bytes> size_in(const HugetlbKnobs& knobs, const std::string& size) {
  const auto found = knobs.find(size);
  return found == knobs.end() ? std::nullopt : std::optional<Bytes>(found->second);
}

// "2MB", "1GB": the size becomes part of a file's name.
void check_page_size(const std::string& size) {
  const std::size_t digits = size.find_first_not_of("0123456789");
  const std::string unit = digits == std::string::npos ? "" : size.substr(digits);
  if (digits == 0 || digits > 5 || (unit != "KB" && unit != "MB" && unit != "GB"))
    throw runtime::Error(runtime::ErrorKind::kInvalid, "`" + size + "` is no size of huge pages")
        .cure("write it as the kernel does: 2MB, 1GB");
}

}  // namespace

std::string number_or(std::optional<std::uint64_t> value, const char* none) {
  return value ? std::to_string(*value) : none;
}

std::string number_or(std::optional<Bytes> value, const char* none) {
  return value ? std::to_string(value->count) : none;
}

std::uint32_t bfq_weight(std::uint32_t weight) {
  return std::clamp<std::uint32_t>((weight + 5) / 10, 1, 1000);
}

std::string to_text(const BlockDevice& device) {
  return std::to_string(device.major) + ":" + std::to_string(device.minor);
}

IoBounds bounds_of(const IoKnobs& knobs, const BlockDevice& device) {
  IoBounds bounds;
  if (std::find(knobs.devices.begin(), knobs.devices.end(), device) == knobs.devices.end()) return bounds;
  constexpr std::uint64_t kLeast = 1;
  if (knobs.bytes_per_second) bounds.bytes = std::max(kLeast, *knobs.bytes_per_second);
  if (knobs.operations_per_second && *knobs.operations_per_second <= kMostOperations)
    bounds.operations = std::max(kLeast, *knobs.operations_per_second);
  return bounds;
}

std::vector<BlockDevice> devices_of(const IoKnobs& now, const IoKnobs& next) {
  std::set<BlockDevice> all(now.devices.begin(), now.devices.end());
  all.insert(next.devices.begin(), next.devices.end());
  return {all.begin(), all.end()};
}

std::vector<FileValue> hugetlb_lines(const HugetlbKnobs& now, const HugetlbKnobs& next, const char* suffix,
                                     const char* none) {
  std::set<std::string> sizes;
  for (const HugetlbKnobs* knobs : {&now, &next})
    for (const auto& [size, most] : *knobs) sizes.insert(size);
  std::vector<FileValue> lines;
  for (const std::string& size : sizes) {
    check_page_size(size);
    const std::optional<Bytes> most = size_in(next, size);
    if (most == size_in(now, size)) continue;
    lines.push_back({"hugetlb." + size + "." + suffix, number_or(most, none)});
  }
  return lines;
}

std::uint64_t burst_of(const CpuKnobs& knobs) {
  const CpuQuota quota = quota_of(knobs.quota);
  return quota.quota ? std::min(knobs.burst.count, quota.quota->count) : 0;
}

}  // namespace croft::cgroups
