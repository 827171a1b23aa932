// Values of knobs as the drivers in v1/ and v2/ write them, where both speak alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cgroups/drivers.h"
#include "cgroups/units.h"

namespace croft::cgroups {

// `none` where there is no value.
std::string number_or(std::optional<std::uint64_t> value, const char* none);
std::string number_or(std::optional<Bytes> value, const char* none);

// bfq's weight, 1..1000, from ours, 1..10000: a tenth, so that proportions stay.
std::uint32_t bfq_weight(std::uint32_t weight);
std::string to_text(const BlockDevice& device);  // "8:0"

// Bounds of one device, as throttling takes them: at least 1, empty where there is none.
struct IoBounds {
  std::optional<std::uint64_t> bytes;
  std::optional<std::uint64_t> operations;
  bool operator==(const IoBounds&) const = default;
};
// The bounds that `knobs` set for a device: none for one that is not in their list.
IoBounds bounds_of(const IoKnobs& knobs, const BlockDevice& device);
// The devices of either, each once, sorted.
std::vector<BlockDevice> devices_of(const IoKnobs& now, const IoKnobs& next);

// Files "hugetlb.SIZE.SUFFIX", for the sizes whose value differs. Throws Error kInvalid for what cannot be a
// page size.
std::vector<FileValue> hugetlb_lines(const HugetlbKnobs& now, const HugetlbKnobs& next, const char* suffix,
                                     const char* none);

// What one period may take of saved quota: never more than the quota, nothing without one.
std::uint64_t burst_of(const CpuKnobs& knobs);

}  // namespace croft::cgroups
