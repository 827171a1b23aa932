#include <algorithm>

#include "cgroups/cpu_quota.h"
#include "cgroups/governor_parts.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kMilli = 1000;
// The kernel keeps io.max in slices of this length (block/blk-throttle.c).
constexpr Micros kIoPeriod{100'000};

struct Flow {
  std::uint64_t above = 0;
  std::uint64_t below = 0;
};

// What a bound of `rate` gives between two moments, of which `scale` microseconds give `rate`. As the
// difference of what it gave since the clock began, so that the parts of an hour add up to the hour.
std::uint64_t given(std::uint64_t rate, Micros from, Micros to, std::uint64_t scale) {
  return narrow(Wide{rate} * to.count / scale - Wide{rate} * from.count / scale);
}

struct Barrier {
  std::uint64_t rate = 0;
  std::uint64_t scale = kSecond;
  bool held = false;  // by the kernel, which measures in periods
  Micros period;
};

Flow flow_of(const Tick& tick, const Barrier& barrier, std::uint64_t used) {
  const std::uint64_t mine = given(barrier.rate, tick.before.at, tick.now.at, barrier.scale);
  const std::uint64_t jitter = plus(tick.elapsed.count / 16, 2 * barrier.period.count);
  Flow flow{minus(used, mine), minus(mine, used)};
  if (barrier.held && flow.above <= scaled(barrier.rate, jitter, barrier.scale)) flow.above = 0;
  return flow;
}

// Both ways. One that is at its barrier all the time must not earn from the other, or it would be above its
// barrier for ever.
Flow joined(const Flow& a, const Flow& b) {
  return {plus(a.above, b.above), std::min(a.below, b.below)};
}

void tell(Resource resource, std::uint64_t bound, bool before, bool after, Step& step) {
  if (before == after) return;
  const auto kind = after ? Notice::Kind::kBurstAgain : Notice::Kind::kBurstEnded;
  step.notices.push_back({kind, resource, of(step.account.held, resource), bound, 0, 0});
}

void look_again(const Credit& credit, std::uint64_t excess_per_second, Step& step) {
  if (!allowed(credit)) return;
  const Micros dry = std::max(runs_dry_in(credit, excess_per_second), kLeastTick);
  step.next = std::min(step.next, dry);
}

// The bucket of somebody without a budget: should he be given one, it is full.
constexpr Credit kFull{kMost, 0, false};

void pay(const Tick& tick, Resource resource, const Flow& flow, Credit& credit, Step& step) {
  const Words& words = tick.resources[resource];
  const bool before = allowed(credit);
  credit = step_rate(*words.burst, credit, flow.above, flow.below, tick.elapsed);
  tell(resource, *words.barrier, before, allowed(credit), step);
  look_again(credit, scaled(flow.above, kSecond, tick.elapsed.count), step);
}

void spend_cpu(const Tick& tick, Step& step) {
  const Words& words = tick.resources[Resource::kCpu];
  Credit& credit = step.account.cpu;
  if (!words.can_burst()) {
    credit = kFull;
  } else if (tick.grown.cpu) {
    const std::uint64_t rate = *words.barrier;
    const Micros period = quota_of(MilliCpu{std::max<std::uint64_t>(1, rate)}).period;
    pay(tick, Resource::kCpu, flow_of(tick, {rate, kMilli, !tick.was.cpu, period}, *tick.grown.cpu), credit,
        step);
  }
}

void spend_io(const Tick& tick, Resource resource, bool may_burst, std::uint64_t reads, std::uint64_t writes,
              Credit& credit, Step& step) {
  const Words& words = tick.resources[resource];
  if (!words.can_burst()) {
    credit = kFull;
  } else if (tick.grown.io) {
    const Barrier barrier{*words.barrier, kSecond, !may_burst, kIoPeriod};
    pay(tick, resource, joined(flow_of(tick, barrier, reads), flow_of(tick, barrier, writes)), credit, step);
  }
}

// What more was counted waits, or was dropped.
void spend_net(const Tick& tick, Resource resource, std::uint64_t counted, Credit& credit, Step& step) {
  const Words& words = tick.resources[resource];
  if (!words.can_burst()) {
    credit = kFull;
  } else if (tick.grown.net) {
    const Barrier barrier{*words.barrier, kSecond, false, {}};
    pay(tick, resource, flow_of(tick, barrier, passed(tick, resource, counted)), credit, step);
  }
}

// --- memory

constexpr std::array kSpaces{Resource::kMemory, Resource::kSwap, Resource::kMemswap};

bool has_bucket(const Resources& resources) {
  return resources[Resource::kMemory].burst &&
         std::any_of(kSpaces.begin(), kSpaces.end(), [&](Resource one) { return has_zone(resources[one]); });
}

// For how long a straight line from `before` to `now` is above `bound`.
std::uint64_t time_above(std::uint64_t before, std::uint64_t now, std::uint64_t bound,
                         std::uint64_t elapsed) {
  if (before <= bound && now <= bound) return 0;
  if (before > bound && now > bound) return elapsed;
  return now > before ? scaled(elapsed, now - bound, now - before)
                      : scaled(elapsed, before - bound, before - now);
}

struct Stay {
  std::uint64_t above = 0;  // microseconds
  bool above_now = false;
};

Stay stay_of(const Tick& tick, const Account& account) {
  Stay stay;
  for (const Resource one : kSpaces) {
    const Words& words = tick.resources[one];
    if (!has_zone(words)) continue;
    const std::uint64_t bound = tick.was.memory ? *words.barrier : at_bound(*words.barrier);
    const std::uint64_t now = of(account.held, one);
    stay.above = std::max(stay.above, time_above(of(tick.before.held, one), now, bound, tick.elapsed.count));
    stay.above_now = stay.above_now || now > bound;
  }
  return stay;
}

// The two parts of a tick in the order in which they were.
Credit stayed(const Burst& burst, Credit credit, const Stay& stay, Micros elapsed) {
  const Micros above{stay.above}, below{elapsed.count - stay.above};
  if (below.count > 0 && stay.above_now) credit = step_level(burst, credit, false, below);
  if (above.count > 0) credit = step_level(burst, credit, true, above);
  if (below.count > 0 && !stay.above_now) credit = step_level(burst, credit, false, below);
  return credit;
}

void spend_memory(const Tick& tick, Step& step) {
  Credit& credit = step.account.memory;
  if (!has_bucket(tick.resources)) {
    credit = kFull;
    return;
  }
  if (!tick.now.memory) return;
  const Words& words = tick.resources[Resource::kMemory];
  const Stay stay = stay_of(tick, step.account);
  const bool before = allowed(credit);
  credit = stayed(*words.burst, credit, stay, tick.elapsed);
  tell(Resource::kMemory, words.barrier.value_or(0), before, allowed(credit), step);
  look_again(credit, stay.above_now ? kSecond : 0, step);
}

}  // namespace

std::uint64_t at_bound(std::uint64_t bound) {
  return plus(bound, bound / 32 + (std::uint64_t{1} << 20));
}

std::uint64_t passed(const Tick& tick, Resource resource, std::uint64_t counted) {
  const Words& words = tick.resources[resource];
  const bool bursts =
      words.can_burst() && (resource == Resource::kNetIn ? tick.was.net_in : tick.was.net_out);
  const auto bound = bursts ? words.limit : words.sustained();
  return bound ? std::min(counted, given(*bound, tick.before.at, tick.now.at, kSecond)) : counted;
}

void spend(const Tick& tick, Step& step) {
  const Reading::Io io = tick.grown.io.value_or(Reading::Io{});
  spend_cpu(tick, step);
  spend_memory(tick, step);
  spend_io(tick, Resource::kIo, tick.was.io, io.read_bytes, io.written_bytes, step.account.io, step);
  spend_io(tick, Resource::kIops, tick.was.iops, io.reads, io.writes, step.account.iops, step);
  const Reading::Net net = tick.grown.net.value_or(Reading::Net{});
  spend_net(tick, Resource::kNetIn, net.received, step.account.net_in, step);
  spend_net(tick, Resource::kNetOut, net.sent, step.account.net_out, step);
}

}  // namespace croft::cgroups
