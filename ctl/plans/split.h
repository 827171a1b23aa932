// A plan that divides a host into equal containers, as vzsplit does. Pure.
#pragma once

#include <cstdint>

#include "cgroups/admission.h"
#include "ctl/spec/json.h"

namespace croft::ctl::plans {

inline constexpr std::uint64_t kMaxSplit = 100'000;
// Less than this is no container.
inline constexpr std::uint64_t kLeastSplitMemory = std::uint64_t{16} << 20;
inline constexpr std::uint64_t kLeastSplitTasks = 16;

// What the host has without its reserve, divided by `count` and rounded down (memory and swap to whole MiB).
// Processor time and disks: a guarantee, so that each has its part for certain and may use what others leave.
// Memory: guarantee and limit, the same. Swap and tasks: a limit. Together `count` such containers always
// fit. Throws Error: kInvalid for a count that is none, kExhausted when it is too many, with what would fit.
Json split(const cgroups::Capacities& host, std::uint64_t count);

}  // namespace croft::ctl::plans
