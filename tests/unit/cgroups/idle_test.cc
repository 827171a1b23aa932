// Who is looked at more seldom, or less closely, and that nothing is lost by it.
#include <gtest/gtest.h>

#include "cgroups/governor.h"
#include "tests/unit/cgroups/chance.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

Resources bursting(std::uint64_t cpu_bucket_s) {
  Resources resources;
  resources[Resource::kCpu] = {
      .guarantee = 0, .barrier = 500, .limit = 1000, .burst = Burst{cpu_bucket_s * kSecond, {}}};
  resources[Resource::kMemory] = {.guarantee = 0,
                                  .barrier = 64 * kMiB,
                                  .limit = 128 * kMiB,
                                  .burst = Burst{1800 * kSecond, 86400 * kSecond}};
  return resources;
}

Reading reading(std::uint64_t second, std::uint64_t cpu_us, std::uint64_t memory) {
  Reading now;
  now.at = {(1000 + second) * kSecond};
  now.cpu = Micros{cpu_us};
  now.memory = Bytes{memory};
  return now;
}

Micros next_look(const Resources& resources, std::uint64_t cpu_us, std::uint64_t memory) {
  const Account account = open_account(resources, reading(0, 0, memory));
  const Account begun = step(resources, account, reading(1, cpu_us, memory)).account;
  return step(resources, begun, reading(2, 2 * cpu_us, memory)).next;
}

TEST(Idle, FarBelowAllBarriersFiveSecondsAreSoonEnough) {
  EXPECT_EQ(next_look(bursting(1800), 10'000, kMiB).count, kIdleTick.count);
  EXPECT_EQ(next_look(Resources{}, 10'000, kMiB).count, kIdleTick.count);
}

TEST(Idle, WhoeverBurstsIsLookedAtEverySecond) {
  EXPECT_EQ(next_look(bursting(1800), 700'000, kMiB).count, kTick.count);
  EXPECT_EQ(next_look(bursting(1800), 10'000, 80 * kMiB).count, kTick.count);
}

// Five seconds at the limit would be a large part of such a budget.
TEST(Idle, ASmallBudgetIsWatchedClosely) {
  EXPECT_EQ(next_look(bursting(60), 10'000, kMiB).count, kTick.count);
}

TEST(Idle, WhatTheGovernorKeepsItselfIsKeptEverySecond) {
  Resources threshold;
  threshold.thresholds.emplace_back().resource = Resource::kTasks;
  EXPECT_EQ(next_look(threshold, 10'000, kMiB).count, kTick.count);
  Resources sum;
  sum[Resource::kMemswap].limit = 256 * kMiB;
  EXPECT_EQ(next_look(sum, 10'000, kMiB).count, kTick.count);
  Resources standing;
  standing.oom = OomPolicy::kFreeze;
  EXPECT_EQ(next_look(standing, 10'000, kMiB).count, kTick.count);
}

TEST(Idle, WhoIsSqueezedIsLookedAtEverySecond) {
  const Resources resources = bursting(1800);
  Account account = open_account(resources, reading(0, 0, kMiB));
  account = step(resources, account, reading(1, 0, kMiB)).account;
  static_cast<void>(squeeze(account, resources, Resource::kCpu, true));
  EXPECT_EQ(step(resources, account, reading(2, 0, kMiB)).next.count, kTick.count);
}

// One that was idle until just after a look, and then takes all it can: what five seconds cost less than five
// of one second each is at most a 100th of the budget.
TEST(Idle, WhatGoesUnseenIsAHundredthOfTheBudget) {
  const Resources resources = bursting(1800);
  const Account begun =
      step(resources, open_account(resources, reading(0, 0, kMiB)), reading(1, 0, kMiB)).account;
  Account close = begun;
  for (std::uint64_t second = 2; second <= 6; ++second)
    close = step(resources, close, reading(second, (second - 1) * kSecond, kMiB)).account;
  const Account far = step(resources, begun, reading(6, 5 * kSecond, kMiB)).account;
  EXPECT_LE(close.cpu.left, far.cpu.left);
  EXPECT_LE(far.cpu.left - close.cpu.left, 18 * kSecond);
}

bool rests(const Resources& resources, std::uint64_t cpu_us, std::uint64_t memory) {
  const Account account = open_account(resources, reading(0, 0, memory));
  return step(resources, account, reading(1, cpu_us, memory)).rests;
}

TEST(Rest, WhoIsBelowItsBarriersMayRest) {
  EXPECT_TRUE(rests(bursting(60), 10'000, kMiB));
  EXPECT_TRUE(rests(Resources{}, 10'000, kMiB));
  Resources threshold;
  threshold.thresholds.emplace_back().resource = Resource::kTasks;
  EXPECT_TRUE(rests(threshold, 10'000, kMiB));
}

// The kernel takes from these while they sleep, which moves credit, bounds or the watch for one that is
// stopped.
TEST(Rest, NobodyRestsWhomTheKernelTakesFrom) {
  EXPECT_FALSE(rests(bursting(60), 700'000, kMiB));
  EXPECT_FALSE(rests(bursting(60), 10'000, 80 * kMiB));
  Resources no_budget = bursting(60);
  no_budget[Resource::kMemory].burst.reset();
  EXPECT_TRUE(rests(no_budget, 10'000, 64 * kMiB));
  EXPECT_FALSE(rests(no_budget, 10'000, 64 * kMiB + 1));
  Resources swapped = bursting(60);
  swapped[Resource::kSwap] = {.guarantee = 0, .barrier = kMiB, .limit = 2 * kMiB, .burst = {}};
  EXPECT_FALSE(rests(swapped, 10'000, kMiB));
  Resources sum;
  sum[Resource::kMemswap].limit = 256 * kMiB;
  EXPECT_FALSE(rests(sum, 10'000, kMiB));
}

TEST(Rest, NobodyRestsWhoIsHeld) {
  const Resources resources = bursting(1800);
  Account account = open_account(resources, reading(0, 0, kMiB));
  static_cast<void>(squeeze(account, resources, Resource::kMemory, true));
  EXPECT_FALSE(step(resources, account, reading(1, 0, kMiB)).rests);
}

Resources by_chance(Chance& chance) {
  Resources resources = bursting(1 + chance.below(20));
  if (chance.one_in(3)) resources[Resource::kMemory].burst.reset();
  if (chance.one_in(4)) resources.oom = OomPolicy::kFreeze;
  for (const Resource one : {Resource::kCpu, Resource::kMemory, Resource::kTasks}) {
    if (!chance.one_in(3)) continue;
    Threshold& threshold = resources.thresholds.emplace_back();
    threshold.resource = one;
    threshold.value = one == Resource::kMemory ? chance.below(160) * kMiB : 1 + chance.below(1000);
    if (one != Resource::kTasks && chance.one_in(2)) threshold.action = Action::kThrottle;
  }
  return resources;
}

void live(Chance& chance, Reading& now) {
  now.at.count += kSecond;
  now.cpu->count += chance.below(kSecond);
  now.memory = Bytes{chance.below(140) * kMiB};
  now.tasks = chance.below(1000);
  now.refused_tasks = *now.refused_tasks + chance.below(2);
  now.high_events = *now.high_events + chance.below(2);
}

// For as long as one rests and sleeps, the step has nothing to write, nothing new to tell, and only earns.
TEST(Rest, TheSameReadingAtAnotherTimeChangesNothing) {
  int rested = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    Chance chance(seed);
    const Resources resources = by_chance(chance);
    Reading now = reading(0, 0, kMiB);
    now.tasks = now.refused_tasks = now.high_events = 0;
    Step last{open_account(resources, now), {}, {}, kTick, false};
    for (std::uint64_t i = 0, awake = 1 + chance.below(8); i < awake; ++i) {
      live(chance, now);
      last = step(resources, last.account, now);
    }
    while (last.rests && now.at.count < 1040 * kSecond) {
      ++rested;
      now.at.count += last.next.count;
      const Step next = step(resources, last.account, now);
      EXPECT_EQ(next.allowance, last.allowance);
      EXPECT_TRUE(next.rests);
      for (const Notice& notice : next.notices) EXPECT_EQ(notice.kind, Notice::Kind::kRefused);
      EXPECT_GE(next.account.cpu.left, last.account.cpu.left);
      EXPECT_GE(next.account.memory.left, last.account.memory.left);
      last = next;
    }
  }
  EXPECT_GT(rested, 1000);
}

}  // namespace
}  // namespace croft::cgroups
