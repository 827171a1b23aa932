#include "cgroups/barrier.h"

#include <gtest/gtest.h>

#include "cgroups/cpu_quota.h"
#include "cgroups/wide.h"
#include "tests/unit/cgroups/chance.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kM = std::uint64_t{1} << 20;
constexpr std::uint64_t kG = std::uint64_t{1} << 30;
using Bound = std::optional<std::uint64_t>;

Words words(std::uint64_t guarantee, Bound barrier, Bound limit, bool burst = true) {
  Words words;
  words.guarantee = guarantee;
  words.barrier = barrier;
  words.limit = limit;
  if (burst) words.burst = Burst{1000, 1000};
  return words;
}

Knobs knobs(const Resources& resources, const Allowance& allowance = {}) {
  return knobs_of(resources, allowance, 100, 100, {});
}

Bound count(const std::optional<Bytes>& bytes) {
  return bytes ? Bound{bytes->count} : std::nullopt;
}

const Allowance kNothing{false, false, false, false, true, true, 0, 0, 0};

TEST(Barrier, UnlimitedEverything) {
  Knobs none;
  EXPECT_EQ(knobs({}), none);
  EXPECT_EQ(knobs({}, kNothing), none);
}

TEST(Barrier, CpuIsHeldAtItsLimitWithCreditAndAtItsBarrierWithout) {
  Resources resources;
  resources[Resource::kCpu] = words(250, 500, 2000);
  EXPECT_EQ(knobs(resources).cpu, (CpuKnobs{MilliCpu{2000}, Micros{0}, 100}));
  EXPECT_EQ(knobs(resources, kNothing).cpu, (CpuKnobs{MilliCpu{500}, Micros{50000}, 100}));
  // The burst ends at the limit.
  resources[Resource::kCpu].limit = 600;
  EXPECT_EQ(knobs(resources, kNothing).cpu.burst, Micros{10000});
  // Without a limit, at the quota.
  resources[Resource::kCpu].limit.reset();
  EXPECT_EQ(knobs(resources).cpu.quota, std::nullopt);
  EXPECT_EQ(knobs(resources, kNothing).cpu, (CpuKnobs{MilliCpu{500}, Micros{50000}, 100}));
}

TEST(Barrier, WithoutABudgetTheBarrierIsKeptAtOnce) {
  Resources resources;
  resources[Resource::kCpu] = words(0, 500, 2000, false);
  resources[Resource::kMemory] = words(0, kG, 2 * kG, false);
  resources[Resource::kIo] = words(0, 1000, 5000, false);
  const Knobs knobs = cgroups::knobs_of(resources, {}, 100, 100, {});
  EXPECT_EQ(knobs.cpu.quota, MilliCpu{500});
  EXPECT_EQ(knobs.cpu.burst, Micros{0});
  EXPECT_EQ(knobs.memory.high, Bytes{kG});
  EXPECT_EQ(knobs.memory.max, Bytes{2 * kG});
  EXPECT_EQ(knobs.io.bytes_per_second, 1000U);
}

TEST(Barrier, MemoryIsThrottledAtItsBarrierAndEndsAtItsLimit) {
  Resources resources;
  resources[Resource::kMemory] = words(512 * kM, kG, 2 * kG);
  EXPECT_EQ(knobs(resources).memory,
            (MemoryKnobs{Bytes{512 * kM}, std::nullopt, Bytes{2 * kG}, std::nullopt, false}));
  EXPECT_EQ(knobs(resources, kNothing).memory,
            (MemoryKnobs{Bytes{512 * kM}, Bytes{kG}, Bytes{2 * kG}, std::nullopt, false}));
  // A barrier alone, and a limit alone.
  resources[Resource::kMemory] = words(0, kG, std::nullopt);
  EXPECT_EQ(knobs(resources, kNothing).memory.high, Bytes{kG});
  EXPECT_EQ(knobs(resources, kNothing).memory.max, std::nullopt);
  EXPECT_EQ(knobs(resources).memory.high, std::nullopt);
  resources[Resource::kMemory] = words(0, std::nullopt, kG);
  EXPECT_EQ(knobs(resources, kNothing).memory.high, std::nullopt);
  EXPECT_EQ(knobs(resources, kNothing).memory.max, Bytes{kG});
}

TEST(Barrier, SwapSharesMemorysBudget) {
  Resources resources;
  resources[Resource::kMemory].burst = Burst{1000, 1000};
  resources[Resource::kSwap] = words(0, kG, 2 * kG, false);
  EXPECT_EQ(knobs(resources).memory.swap, Bytes{2 * kG});
  EXPECT_EQ(knobs(resources, kNothing).memory.swap, Bytes{kG});
  resources[Resource::kMemory].burst.reset();
  EXPECT_EQ(knobs(resources).memory.swap, Bytes{kG});
}

TEST(Barrier, PoliciesOfOom) {
  Resources resources;
  resources[Resource::kMemory] = words(0, std::nullopt, kG);
  resources.oom = OomPolicy::kKillContainer;
  EXPECT_TRUE(knobs(resources).memory.kill_all);
  resources.oom = OomPolicy::kFreeze;
  EXPECT_EQ(knobs(resources).memory.high, Bytes{kG});
  EXPECT_EQ(knobs(resources).memory.max, Bytes{kG + 64 * kM});
  EXPECT_FALSE(knobs(resources).memory.kill_all);
  // At the barrier high is the barrier, and max still where it can be frozen before it.
  resources[Resource::kMemory] = words(0, kG / 2, kG);
  EXPECT_EQ(knobs(resources, kNothing).memory.high, Bytes{kG / 2});
  EXPECT_EQ(knobs(resources, kNothing).memory.max, Bytes{kG + 64 * kM});
  EXPECT_EQ(frozen_headroom(64 * kM), 16 * kM);
  EXPECT_EQ(frozen_headroom(kMost), kG);
  // Where the sum is the end, high is below it.
  resources[Resource::kMemory] = {};
  resources[Resource::kMemswap] = words(0, std::nullopt, kG);
  const MemoryKnobs sum = knobs(resources).memory;
  EXPECT_EQ(count(sum.max), kG - kG / 16);
  EXPECT_EQ(count(sum.high), *count(sum.max) - frozen_headroom(*count(sum.max)));
}

TEST(Barrier, OneThatWasRelievedHasAnEndAnyway) {
  Resources resources;
  resources[Resource::kMemory] = words(0, kG, std::nullopt);
  Allowance relieved = kNothing;
  relieved.memory_used = relieved.relieved_at = 2 * kG;
  EXPECT_EQ(knobs(resources, relieved).memory.high, std::nullopt);
  EXPECT_EQ(knobs(resources, relieved).memory.max, Bytes{2 * kG + 128 * kM});
  relieved.memory_used = 3 * kG;
  EXPECT_EQ(knobs(resources, relieved).memory.max, Bytes{2 * kG + 128 * kM});
  resources[Resource::kMemory].limit = 4 * kG;
  EXPECT_EQ(knobs(resources, relieved).memory.max, Bytes{4 * kG});
}

TEST(Barrier, MemswapLeavesToSwapWhatMemoryMayNotHave) {
  Resources resources;
  resources[Resource::kMemory].limit = kG;
  resources[Resource::kMemswap].limit = 2 * kG;
  EXPECT_EQ(knobs(resources).memory.max, Bytes{kG});
  EXPECT_EQ(knobs(resources).memory.swap, Bytes{kG});
  resources[Resource::kSwap].limit = kG / 2;
  EXPECT_EQ(knobs(resources).memory.swap, Bytes{kG / 2});
  EXPECT_EQ(knobs(resources).memory.max, Bytes{kG});
  // A sum below memory's limit lowers that.
  resources[Resource::kSwap].limit.reset();
  resources[Resource::kMemswap].limit = kG / 2;
  EXPECT_EQ(knobs(resources).memory.max, Bytes{480 * kM});
  EXPECT_EQ(knobs(resources).memory.swap, Bytes{32 * kM});
}

// With a sum alone, swap may come to hold all of it but a 16th as memory makes room, tick by tick.
TEST(Barrier, MemswapAloneMayNearlyAllBeSwap) {
  Resources resources;
  resources[Resource::kMemswap].limit = kG;
  Allowance allowance;
  int ticks = 0;
  for (; allowance.swap_used < kG - kG / 16 && ticks < 100; ++ticks) {
    const MemoryKnobs memory = knobs(resources, allowance).memory;
    ASSERT_LE(memory.max->count + memory.swap->count, kG);
    allowance.swap_used = memory.swap->count;
  }
  EXPECT_LE(ticks, 20);
  // And back, as memory asks for it and swap is freed.
  for (ticks = 0; allowance.memory_used < kG - kG / 16 && ticks < 100; ++ticks) {
    allowance.swap_used = minus(allowance.swap_used, 80 * kM);
    const MemoryKnobs memory = knobs(resources, allowance).memory;
    ASSERT_LE(memory.max->count + memory.swap->count, kG);
    ASSERT_GE(memory.swap->count, allowance.swap_used);
    allowance.memory_used = memory.max->count;
  }
  EXPECT_LE(ticks, 20);
}

TEST(Barrier, NoiseInUseWritesNothing) {
  Resources resources;
  resources[Resource::kMemswap].limit = kG;
  const Knobs first = knobs(resources, {true, true, true, true, true, true, 10 * kM, 300 * kM, 0});
  for (std::uint64_t noise = 0; noise < 10; ++noise)
    EXPECT_EQ(
        knobs(resources, {true, true, true, true, true, true, (10 + noise) * kM, (300 + noise) * kM, 0}),
        first);
}

TEST(Barrier, AboveTheSumBothStayAndFollowUseDown) {
  Resources resources;
  resources[Resource::kMemswap].limit = kG;
  Allowance allowance{true, true, true, true, true, true, 600 * kM, 700 * kM, 0};
  EXPECT_EQ(knobs(resources, allowance).memory.max, Bytes{700 * kM});
  EXPECT_EQ(knobs(resources, allowance).memory.swap, Bytes{600 * kM});
  allowance.memory_used = 300 * kM;
  EXPECT_EQ(knobs(resources, allowance).memory.max, Bytes{384 * kM});
  EXPECT_EQ(knobs(resources, allowance).memory.swap, Bytes{640 * kM});
}

TEST(Barrier, MemswapsBarrierThrottlesAndDoesNotKill) {
  Resources resources;
  resources[Resource::kMemswap] = words(0, kG, 2 * kG, false);
  resources[Resource::kMemory].burst = Burst{1000, 1000};
  const Allowance held{false, false, false, false, true, true, 200 * kM, 1500 * kM, 0};
  EXPECT_EQ(knobs(resources, held).memory.high, Bytes{kG - 200 * kM});
  EXPECT_EQ(knobs(resources, held).memory.swap, Bytes{200 * kM});
  EXPECT_GE(knobs(resources, held).memory.max->count, 1500 * kM);
}

TEST(Barrier, TheRestIsPassedOn) {
  Resources resources;
  resources[Resource::kTasks] = words(0, 50, 100);
  resources[Resource::kTcpSockets].limit = 7;
  resources[Resource::kIo] = words(0, 0, 10);
  resources.cpus = "0-3";
  resources.nodes = "0";
  resources.hugetlb["2MB"] = 4 * kM;
  const Knobs knobs = knobs_of(resources, kNothing, 0, 20000, {{8, 0}});
  EXPECT_EQ(knobs.tasks, 100U);
  EXPECT_EQ(knobs.sockets, (SocketKnobs{7, std::nullopt}));
  EXPECT_EQ(knobs.io.bytes_per_second, 1U);
  EXPECT_EQ(knobs.io.devices, (std::vector<BlockDevice>{{8, 0}}));
  EXPECT_EQ(knobs.cpuset, (CpusetKnobs{"0-3", "0"}));
  EXPECT_EQ(knobs.hugetlb.at("2MB"), Bytes{4 * kM});
  EXPECT_EQ(knobs.cpu.weight, kLeastWeight);
  EXPECT_EQ(knobs.io.weight, kMostWeight);
}

TEST(Barrier, OverdraftIsWhatIsAboveTheBarrier) {
  EXPECT_EQ(overdraft(words(0, 100, 200), 150), 50U);
  EXPECT_EQ(overdraft(words(0, 100, 200), 100), 0U);
  EXPECT_EQ(overdraft(words(0, std::nullopt, 200), 250), 0U);
  EXPECT_EQ(overdraft({}, kMost), 0U);
}

Bound any_bound(Chance& chance, std::uint64_t from) {
  if (chance.one_in(3)) return std::nullopt;
  return plus(from, chance.any());
}

// guarantee <= barrier <= limit, as the spec lets it through.
Words any_words(Chance& chance) {
  const std::uint64_t guarantee = chance.one_in(2) ? 0 : chance.any();
  const Bound barrier = any_bound(chance, guarantee);
  return words(guarantee, barrier, any_bound(chance, barrier.value_or(guarantee)), chance.one_in(2));
}

Resources any_resources(Chance& chance) {
  Resources resources;
  for (Words& one : resources.words) one = any_words(chance);
  resources.oom = static_cast<OomPolicy>(chance.below(3));
  if (chance.one_in(3)) resources[Resource::kMemswap].limit.reset();
  return resources;
}

void expect_sane(const Resources& resources, const Allowance& allowance, const Knobs& knobs) {
  const MemoryKnobs& memory = knobs.memory;
  const std::uint64_t max = memory.max ? memory.max->count : kMost;
  const Words& sum = resources[Resource::kMemswap];
  ASSERT_LE(memory.protect.count, max);
  if (memory.high) {
    ASSERT_LE(memory.high->count, max);
    ASSERT_GE(memory.high->count, memory.protect.count);
  }
  if (sum.limit && plus(allowance.memory_used, allowance.swap_used) <= *sum.limit) {
    ASSERT_LE(plus(max, memory.swap ? memory.swap->count : kMost), *sum.limit);
    const Bound limit = resources[Resource::kMemory].limit;
    ASSERT_TRUE(max >= allowance.memory_used || (limit && allowance.memory_used > *limit));
  }
  if (knobs.cpu.quota) {
    const CpuQuota quota = quota_of(knobs.cpu.quota);
    ASSERT_TRUE(!quota.quota || knobs.cpu.burst <= *quota.quota);
  }
  ASSERT_GE(knobs.cpu.weight, kLeastWeight);
  ASSERT_LE(knobs.cpu.weight, kMostWeight);
}

TEST(Barrier, WhateverIsWantedTheKernelIsToldSense) {
  for (std::uint64_t seed = 0; seed < 20000; ++seed) {
    Chance chance(seed);
    const Resources resources = any_resources(chance);
    Allowance allowance{chance.one_in(2),
                        chance.one_in(2),
                        chance.one_in(2),
                        chance.one_in(2),
                        true,
                        true,
                        chance.any(),
                        chance.any(),
                        0};
    if (chance.one_in(4)) allowance.relieved_at = allowance.memory_used;
    SCOPED_TRACE(seed);
    const auto weight = static_cast<std::uint32_t>(chance.below(30000));
    ASSERT_NO_FATAL_FAILURE(
        expect_sane(resources, allowance, knobs_of(resources, allowance, weight, weight, {})));
  }
}

}  // namespace
}  // namespace croft::cgroups
