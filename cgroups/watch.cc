#include <algorithm>

#include "cgroups/governor_parts.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

constexpr std::array kUnkept{Resource::kTasks, Resource::kFiles, Resource::kTcpSockets,
                             Resource::kOtherSockets};
// A tick in which a quota took less than this of somebody is no news.
constexpr std::uint64_t kThrottledPart = 10;

bool is_rate(Resource resource) {
  const Unit unit = unit_of(resource);
  return unit == Unit::kMilliCpu || unit == Unit::kBytesPerSecond || unit == Unit::kPerSecond;
}

bool reached(bool before, std::uint64_t held, std::uint64_t value) {
  return held >= (before ? value - value / kBandPart : value);
}

bool over(Micros seen, Micros now) {
  return minus(now.count, seen.count) >= kCalm.count;
}

// True when bit `i` has just been set.
bool set_bit(std::uint32_t& bits, std::size_t i, bool value) {
  const std::uint32_t bit = std::uint32_t{1} << i;
  const bool before = (bits & bit) != 0;
  bits = value ? bits | bit : bits & ~bit;
  return value && !before;
}

bool has_bit(std::uint32_t bits, std::size_t i) {
  return ((bits >> i) & 1) != 0;
}

// The highest value that use of `held` leaves exceeded where it was.
std::uint64_t keeps(std::uint64_t held) {
  return plus(held, held / (kBandPart - 1));
}

// The most that `keeps` said in the last kCalm, and at most twice that.
std::uint64_t kept_for_calm(Reach& reach, std::uint64_t keeps, Micros now) {
  const std::uint64_t passed = minus(now.count, reach.since.count);
  if (passed >= kCalm.count) {
    reach.earlier = passed >= 2 * kCalm.count ? 0 : reach.recent;
    reach.recent = 0;
    reach.since = now;
  }
  reach.recent = std::max(reach.recent, keeps);
  return std::max(reach.recent, reach.earlier);
}

// The level from one reading to the next.
std::uint64_t next_level(Resource resource, std::uint64_t held, Reach& reach, Micros now) {
  const std::uint64_t kept = is_rate(resource) ? kept_for_calm(reach, keeps(held), now) : keeps(held);
  return std::max(held, std::min(reach.level, kept));
}

void count_one(const Tick& tick, Resource resource, std::uint64_t refused, Step& step) {
  Account& account = step.account;
  std::uint64_t& untold = of(account.untold, resource);
  Micros& told = account.told_at[static_cast<std::size_t>(resource)];
  of(account.failcnt, resource) = plus(of(account.failcnt, resource), refused);
  untold = plus(untold, refused);
  if (untold == 0 || (told.count > 0 && minus(tick.now.at.count, told.count) < kTellEvery.count)) return;
  step.notices.push_back({Notice::Kind::kRefused, resource, of(account.held, resource),
                          tick.resources[resource].limit.value_or(0), 0, untold});
  untold = 0;
  told = tick.now.at;
}

void count_memory(const Tick& tick, Step& step) {
  const Growth& grown = tick.grown;
  std::uint64_t& failcnt = of(step.account.failcnt, Resource::kMemory);
  failcnt = plus(failcnt, tick.now.oom_events ? grown.oom_events : grown.oom_kills);
  if (grown.oom_kills == 0) return;
  step.notices.push_back({Notice::Kind::kOom, Resource::kMemory, of(step.account.held, Resource::kMemory),
                          tick.resources[Resource::kMemory].limit.value_or(0), 0, grown.oom_kills});
}

// Once until it was not seen for kCalm.
void tell_throttled(const Tick& tick, Resource resource, std::uint64_t bound, Micros& last, Step& step) {
  if (last.count == 0 || over(last, tick.now.at))
    step.notices.push_back(
        {Notice::Kind::kThrottled, resource, of(step.account.held, resource), bound, 0, 0});
  last = tick.now.at;
}

}  // namespace

void judge_thresholds(const Tick& tick, Step& step) {
  const std::vector<Threshold>& all = tick.resources.thresholds;
  if (all.empty()) return;
  std::array<std::uint64_t, kResourceCount> before{};
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    Reach& reach = step.account.reach[i];
    before[i] = reach.level;
    reach.level = next_level(static_cast<Resource>(i), step.account.held[i], reach, tick.now.at);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::uint64_t held = of(step.account.held, all[i].resource);
    if (all[i].value <= held && all[i].value > of(before, all[i].resource))
      step.notices.push_back({Notice::Kind::kThreshold, all[i].resource, held, all[i].value, i, 0});
  }
}

void judge_barriers(const Tick& tick, Step& step) {
  for (const Resource one : kUnkept) {
    const Words& words = tick.resources[one];
    const auto i = static_cast<std::size_t>(one);
    const std::uint64_t held = of(step.account.held, one);
    const bool above =
        has_zone(words) && reached(has_bit(step.account.above, i), held, plus(*words.barrier, 1));
    if (set_bit(step.account.above, i, above))
      step.notices.push_back({Notice::Kind::kBarrier, one, held, *words.barrier, 0, 0});
  }
}

void count_refusals(const Tick& tick, Step& step) {
  count_memory(tick, step);
  count_one(tick, Resource::kTasks, tick.grown.refused_tasks, step);
  count_one(tick, Resource::kTcpSockets, tick.grown.refused_tcp, step);
  count_one(tick, Resource::kOtherSockets, tick.grown.refused_other, step);
}

void tell_throttling(const Tick& tick, Step& step) {
  const Words& cpu = tick.resources[Resource::kCpu];
  if (tick.grown.throttled.value_or(0) > tick.elapsed.count / kThrottledPart) {
    const auto quota = tick.was.cpu && cpu.can_burst() ? cpu.limit : cpu.sustained();
    tell_throttled(tick, Resource::kCpu, quota.value_or(0), step.account.throttled_at, step);
  }
  if (tick.grown.high_events > 0 && tick.in_force.high)
    tell_throttled(tick, Resource::kMemory, tick.in_force.high->count, step.account.high_at, step);
}

}  // namespace croft::cgroups
