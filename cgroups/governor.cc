#include "cgroups/governor.h"

#include <algorithm>

#include "cgroups/governor_parts.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

constexpr std::array<std::string_view, 11> kKinds{"burst-ended", "burst-again", "squeezed",  "released",
                                                  "barrier",     "threshold",   "throttled", "stuck",
                                                  "memory-full", "oom",         "refused"};

Credit opened(const Words& words) {
  return full(words.burst.value_or(Burst{kMost, {}}));
}

// Is a threshold exceeded that holds its container at the barrier of `resource` meanwhile?
bool throttled(const Resources& resources, const Account& account, Resource resource) {
  const std::uint64_t level = account.reach[static_cast<std::size_t>(resource)].level;
  return std::any_of(resources.thresholds.begin(), resources.thresholds.end(), [&](const Threshold& one) {
    return one.action == Action::kThrottle && one.resource == resource && one.value <= level;
  });
}

bool& squeezed_of(Account& account, Resource resource) {
  if (resource == Resource::kCpu) return account.squeezed_cpu;
  return resource == Resource::kMemory ? account.squeezed_memory : account.squeezed_io;
}

Step stay(const Resources& resources, const Account& account, Micros at) {
  Step step{account, allowance_of(resources, account), {}, kTick, false};
  step.account.at = at;
  return step;
}

}  // namespace

std::string_view to_text(Notice::Kind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}

Account open_account(const Resources& resources, const Reading& first) {
  Account account;
  account.cpu = opened(resources[Resource::kCpu]);
  account.memory = opened(resources[Resource::kMemory]);
  account.io = opened(resources[Resource::kIo]);
  account.iops = opened(resources[Resource::kIops]);
  account.net_in = opened(resources[Resource::kNetIn]);
  account.net_out = opened(resources[Resource::kNetOut]);
  take_counters(first, account);
  take_levels(first, account);
  of(account.failcnt, Resource::kMemory) = first.oom_events ? account.oom_events : account.oom_kills;
  of(account.failcnt, Resource::kTasks) = account.refused_tasks;
  of(account.failcnt, Resource::kTcpSockets) = account.refused_tcp;
  of(account.failcnt, Resource::kOtherSockets) = account.refused_other;
  return account;
}

Account open_account(const Resources& resources, Micros made) {
  Reading first;
  first.at = made;
  first.cpu = first.throttled = first.memory_stall = Micros{};
  first.io = Reading::Io{};
  first.net = Reading::Net{};
  return open_account(resources, first);
}

Allowance allowance_of(const Resources& resources, const Account& account) {
  const auto held = [&](Resource resource) { return throttled(resources, account, resource); };
  const bool memory = allowed(account.memory) && !account.squeezed_memory && !held(Resource::kMemory) &&
                      !held(Resource::kSwap) && !held(Resource::kMemswap);
  Allowance allowance;
  allowance.cpu = allowed(account.cpu) && !account.squeezed_cpu && !held(Resource::kCpu);
  allowance.memory = memory || account.relieved_at > 0;
  allowance.io = allowed(account.io) && !account.squeezed_io && !held(Resource::kIo);
  allowance.iops = allowed(account.iops) && !account.squeezed_io && !held(Resource::kIops);
  allowance.net_in = allowed(account.net_in) && !held(Resource::kNetIn);
  allowance.net_out = allowed(account.net_out) && !held(Resource::kNetOut);
  allowance.swap_used = of(account.held, Resource::kSwap);
  allowance.memory_used = of(account.held, Resource::kMemory);
  allowance.relieved_at = account.relieved_at;
  return allowance;
}

Notice squeeze(Account& account, const Resources& resources, Resource resource, bool squeezed) {
  squeezed_of(account, resource) = squeezed;
  return {squeezed ? Notice::Kind::kSqueezed : Notice::Kind::kReleased,
          resource,
          of(account.held, resource),
          resources[resource].barrier.value_or(0),
          0,
          0};
}

Step step(const Resources& resources, const Account& before, const Reading& now) {
  if (before.at.count == 0) return stay(resources, open_account(resources, now), now.at);
  if (now.at <= before.at) return stay(resources, before, now.at);
  const Allowance was = allowance_of(resources, before);
  const Tick tick{resources,
                  before,
                  now,
                  Micros{now.at.count - before.at.count},
                  growth_of(before, now),
                  was,
                  memory_knobs(resources, was)};
  Step step{before, {}, {}, kTick, false};
  take_counters(now, step.account);
  take_levels(now, step.account);
  take_rates(tick, step.account);
  spend(tick, step);
  count_refusals(tick, step);
  judge_thresholds(tick, step);
  judge_barriers(tick, step);
  tell_throttling(tick, step);
  free_stuck(tick, step);
  step.allowance = allowance_of(resources, step.account);
  step.rests = rests(resources, step);
  if (step.next == kTick && is_idle(resources, step)) step.next = kIdleTick;
  return step;
}

}  // namespace croft::cgroups
