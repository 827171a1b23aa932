// The burst budget of one resource: a bucket that is spent above the barrier and refilled below it. Pure;
// time is an argument. The bucket's unit is Burst::amount's.
#pragma once

#include <cstdint>

#include "cgroups/resources.h"
#include "cgroups/units.h"

namespace croft::cgroups {

// What is in the bucket, with the rest of divisions kept so that small steps add up to exactly what one large
// step gives.
struct Credit {
  std::uint64_t left = 0;       // 0..Burst::amount
  std::uint64_t remainder = 0;  // of the refill, in 1/period_us of a unit
  bool spent = false;           // it ran out, and is not yet back at kResumePart
  bool operator==(const Credit&) const = default;
};

// A bucket that ran out lets its owner burst again when it holds 1/kResumePart of its amount, so that one at
// its barrier is not let go and caught again at every tick.
inline constexpr std::uint64_t kResumePart = 20;

Credit full(const Burst& burst);

// The bucket after `elapsed`, in which use went beyond what the barrier gives by `above`, or stayed short of
// it by `below` (one of them is 0): CPU microseconds, bytes, operations.
Credit step_rate(const Burst& burst, const Credit& credit, std::uint64_t above, std::uint64_t below,
                 Micros elapsed);
// Memory: spends `elapsed` when it was above the barrier, else refills.
Credit step_level(const Burst& burst, const Credit& credit, bool above, Micros elapsed);

// May its owner go above the barrier now?
bool allowed(const Credit& credit);

// When a bucket from which `excess_per_second` is spent runs dry; Micros::max when nothing is spent.
Micros runs_dry_in(const Credit& credit, std::uint64_t excess_per_second);

}  // namespace croft::cgroups
