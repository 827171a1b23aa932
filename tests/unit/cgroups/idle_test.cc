// Who is looked at more seldom, and that nothing is lost by it.
#include <gtest/gtest.h>

#include "cgroups/governor.h"

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

}  // namespace
}  // namespace croft::cgroups
