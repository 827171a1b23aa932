// The parts of governor.h's step: each judges one side of what a tick brought.
#pragma once

#include <optional>

#include "cgroups/governor.h"

namespace croft::cgroups {

// By how much counters grew. One that went backwards began anew, in a new group. Empty: not known of this
// tick.
struct Growth {
  std::optional<std::uint64_t> cpu;  // microseconds
  std::optional<Reading::Io> io;
  std::optional<Reading::Net> net;
  std::optional<std::uint64_t> throttled;  // microseconds
  std::optional<std::uint64_t> memory_stall;
  std::uint64_t high_events = 0, oom_events = 0, oom_kills = 0, refused_tasks = 0, refused_tcp = 0,
                refused_other = 0;
};
Growth growth_of(const Account& before, const Reading& now);

struct Tick {
  const Resources& resources;
  const Account& before;
  const Reading& now;
  Micros elapsed;  // not 0
  Growth grown;
  Allowance was;         // during it
  MemoryKnobs in_force;  // likewise
};

// counters.cc: what is held, and the counters from which the next tick goes on.
void take_counters(const Reading& now, Account& account);
void take_rates(const Tick& tick, Account& account);
// spending.cc: what a rate let through of bytes that were counted before it; credit, and when to look again.
std::uint64_t passed(const Tick& tick, Resource resource, std::uint64_t counted);
void spend(const Tick& tick, Step& step);
// watch.cc: thresholds, barriers without a keeper, refusals, throttling.
void judge_thresholds(const Tick& tick, Step& step);
void judge_barriers(const Tick& tick, Step& step);
void count_refusals(const Tick& tick, Step& step);
void tell_throttling(const Tick& tick, Step& step);
// stuck.cc: those that memory.high stopped.
void free_stuck(const Tick& tick, Step& step);

// What memory may be above a bound and still be called at it: the kernel charges in batches for each CPU.
std::uint64_t at_bound(std::uint64_t bound);

inline std::uint64_t& of(std::array<std::uint64_t, kResourceCount>& values, Resource resource) {
  return values[static_cast<std::size_t>(resource)];
}
inline std::uint64_t of(const std::array<std::uint64_t, kResourceCount>& values, Resource resource) {
  return values[static_cast<std::size_t>(resource)];
}

// idle.cc: Step::rests; and whether kIdleTick is soon enough for the next look.
bool rests(const Resources& resources, const Step& step);
bool is_idle(const Resources& resources, const Step& step);

}  // namespace croft::cgroups
