// memory.high reclaims, and lets what allocates sleep: without swap, what is not file cache stays, and a
// container whose every process sleeps two seconds for each 256 KiB has been stopped in all but name.
#include "cgroups/governor_parts.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

// The kernel sleeps up to 2 s in one go, in which it counts no event.
constexpr std::uint64_t kQuiet = 5'000'000;
constexpr std::uint64_t kStuckStallPercent = 20;
// Above a limit for so long is what the kernel cannot reclaim, not what it is about to.
constexpr std::uint64_t kOverAfter = 2'000'000;
// Memory that falls by less than this does not count as progress.
constexpr std::uint64_t kProgressPart = 64;

// memory.high as it would be without the one at the barrier: none, or where the policy kFreeze wants it.
std::optional<Bytes> high_when_relieved(const Tick& tick, std::uint64_t held) {
  Allowance allowance = tick.was;
  allowance.relieved_at = std::max<std::uint64_t>(1, held);
  return memory_knobs(tick.resources, allowance).high;
}

bool is_stopped(const Tick& tick, std::uint64_t held, const Account& account) {
  if (!tick.in_force.high || held <= at_bound(tick.in_force.high->count)) return false;
  if (account.high_at.count == 0 || minus(tick.now.at.count, account.high_at.count) > kQuiet) return false;
  return !tick.grown.memory_stall ||
         Wide{*tick.grown.memory_stall} * 100 >= Wide{tick.elapsed.count} * kStuckStallPercent;
}

// How far above its limit it may come before that is more than file cache, which the kernel takes back in
// time.
std::uint64_t cache_room(const Tick& tick, const Bytes& high) {
  return minus(tick.in_force.max.value_or(Bytes{kMost}).count, high.count) / 8;
}

// Under the policy kFreeze, and not for a barrier: what it holds can't be reclaimed, be it that it runs or
// waits.
bool is_over_limit(const Tick& tick, std::uint64_t held, const std::optional<Bytes>& relieved) {
  return relieved && tick.resources.oom == OomPolicy::kFreeze && *relieved <= *tick.in_force.high &&
         minus(held, relieved->count) > cache_room(tick, *relieved);
}

// For how long there has been no progress.
std::uint64_t stuck_for(const Tick& tick, bool stuck, std::uint64_t held, Account& account) {
  if (!stuck) {
    account.stuck_since = 0;
  } else if (account.stuck_since == 0 ||
             held < account.memory_low_mark - account.memory_low_mark / kProgressPart) {
    account.stuck_since = tick.now.at.count;
    account.memory_low_mark = held;
  }
  return account.stuck_since == 0 ? 0 : minus(tick.now.at.count, account.stuck_since);
}

void tell(Notice::Kind kind, std::uint64_t held, std::uint64_t bound, Step& step) {
  step.notices.push_back({kind, Resource::kMemory, held, bound, 0, 0});
}

void relieve_or_freeze(const Tick& tick, std::uint64_t held, const std::optional<Bytes>& relieved,
                       Step& step) {
  Account& account = step.account;
  if (!relieved || *relieved > *tick.in_force.high) {
    account.relieved_at = held;
    tell(Notice::Kind::kStuck, held, tick.in_force.high->count, step);
  } else if (!account.full) {
    account.full = true;
    tell(Notice::Kind::kFull, held, relieved->count, step);
  }
  account.stuck_since = 0;
}

// Under the policy kFreeze: half way between its limit and memory.max it is to be frozen at once, and well
// before that it is looked at often.
void freeze_in_time(const Tick& tick, std::uint64_t held, const Bytes& high, Step& step) {
  Account& account = step.account;
  if (held <= high.count) account.full = false;
  const std::uint64_t beyond = minus(held, high.count);
  if (account.full || beyond <= cache_room(tick, high)) return;
  step.next = kLeastTick;
  if (beyond < 4 * cache_room(tick, high)) return;
  account.full = true;
  tell(Notice::Kind::kFull, held, high.count, step);
}

void end_relief(const Tick& tick, std::uint64_t held, Account& account) {
  if (account.relieved_at == 0) return;
  Account without = account;
  without.relieved_at = 0;
  const auto high = memory_knobs(tick.resources, allowance_of(tick.resources, without)).high;
  if (!high || held <= high->count) account.relieved_at = 0;
}

}  // namespace

void free_stuck(const Tick& tick, Step& step) {
  if (!tick.now.memory) return;
  const std::uint64_t held = tick.now.memory->count;
  end_relief(tick, held, step.account);
  if (!tick.in_force.high) {
    step.account.stuck_since = 0;
    return;
  }
  const std::optional<Bytes> relieved = high_when_relieved(tick, held);
  const bool over = is_over_limit(tick, held, relieved);
  const std::uint64_t since =
      stuck_for(tick, over || is_stopped(tick, held, step.account), held, step.account);
  if (since >= (over ? kOverAfter : kStuckAfter.count)) relieve_or_freeze(tick, held, relieved, step);
  if (relieved && tick.resources.oom == OomPolicy::kFreeze) freeze_in_time(tick, held, *relieved, step);
}

}  // namespace croft::cgroups
