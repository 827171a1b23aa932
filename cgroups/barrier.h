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
  bool net_in = true;
  bool net_out = true;
  std::uint64_t swap_used = 0;    // at the last reading: memswap keeps room for it
  std::uint64_t memory_used = 0;  // likewise
  std::uint64_t relieved_at = 0;  // bytes that it held when memory.high was lifted off it; 0: it was not
  bool operator==(const Allowance&) const = default;
};

// Weights come from guarantee.h; `devices` are those under the container's files.
//
// CPU. The quota is the limit, or the barrier without credit. A limit is hard in every period, so that it has
// no burst. At the barrier what was saved within the last period may be used in the next (`burst`), up to the
// limit: a second's use is then what the barrier gives, however uneven it is.
//
// Memory. high: the barrier when it may not burst, else none. max: the limit. swap: its limit, or its barrier
// when memory may not burst: memory, swap and their sum share memory's budget. Under the policy kFreeze high
// is (at most) the limit and max lies frozen_headroom above it, so that the kernel throttles and the governor
// can freeze before the kernel kills; where the sum is what ends memory, high lies that far below max. One
// that was relieved and has no limit gets one there as well: it is not to take the host with it.
//
// Memory and swap as one sum. max + swap never exceeds it, and neither is lowered below what is used: while
// more is used than the sum, both stay where they are, and follow use down. Swap gets what memory's limit
// leaves over, and where it comes near that, a 16th of the sum more than it uses, rounded up to 16ths so that
// noise writes nothing; memory gets the rest, and keeps as much room above its use before swap gets any.
//
// Bounds of 0 that the kernel refuses (a quota, a rate) become the least that it takes.
Knobs knobs_of(const Resources& resources, const Allowance& allowance, std::uint32_t cpu_weight,
               std::uint32_t io_weight, const std::vector<BlockDevice>& devices);

// The part of knobs_of that is about memory: what is in force for a container with this allowance.
MemoryKnobs memory_knobs(const Resources& resources, const Allowance& allowance);

// How far max is above high under the policy kFreeze: a 16th of the limit, 16 MiB to 1 GiB. The kernel lets a
// process that far above memory.high sleep a quarter of a second for each 256 KiB, so that a tick of the
// governor comes in between.
std::uint64_t frozen_headroom(std::uint64_t limit);

// Is there anything between barrier and limit, whether or not it may be used? For swap and memswap, whose
// budget is memory's.
bool has_zone(const Words& words);

// How far above its barrier somebody is, in the resource's unit; 0 at or below, and without a barrier.
std::uint64_t overdraft(const Words& words, std::uint64_t held);

}  // namespace croft::cgroups
