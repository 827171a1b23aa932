// A CPU limit as the kernel's bandwidth controller takes it: so many microseconds of run time in each period.
// Documentation/scheduler/sched-bwc.rst.
#pragma once

#include <optional>

#include "cgroups/units.h"

namespace croft::cgroups {

struct CpuQuota {
  std::optional<Micros> quota;  // empty = unlimited
  Micros period{100000};
  bool operator==(const CpuQuota&) const = default;
};

// A quota below the kernel's least (1 ms) gets the longest period (1 s) instead, so that 1 milli-CPU can be
// kept. More CPUs than the kernel can count (2^20) is no limit. Throws Error kInvalid for 0.
CpuQuota quota_of(std::optional<MilliCpu> limit);

}  // namespace croft::cgroups
