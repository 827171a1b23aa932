// From the operator's words to what the kernel is told: with credit a container is held at its limit, without
// at its barrier. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "cgroups/knobs.h"
#include "cgroups/resources.h"

namespace croft::cgroups {

// What the governor lets a container do at present.
struct Allowance {
  bool cpu = true;  // above its barrier
  bool memory = true;
  bool io = true;
  bool iops = true;
  std::uint64_t swap_used = 0;    // at the last reading: memswap keeps room for it
  std::uint64_t memory_used = 0;  // likewise
  bool operator==(const Allowance&) const = default;
};

// Weights come from guarantee.h; `devices` are those under the container's files.
// memory.high: barrier when it may not burst, else none. memory.max: the limit, lowered to what memswap
// leaves. memory.swap.max: the smaller of swap's limit and memswap's minus memory.max; where only memswap is
// given, all of it may be swap.
Knobs knobs_of(const Resources& resources, const Allowance& allowance, std::uint32_t cpu_weight,
               std::uint32_t io_weight, const std::vector<BlockDevice>& devices);

// How far above its barrier somebody is, in the resource's unit; 0 at or below.
std::uint64_t overdraft(const Words& words, std::uint64_t held);

}  // namespace croft::cgroups
