#include <gmock/gmock.h>

#include <functional>

#include "tests/unit/cgroups/subject.h"

namespace croft::cgroups {
namespace {

using Kind = Notice::Kind;

// Out of credit at a barrier of 1 G, with 1.5 G that cannot be reclaimed.
Subject stopped(std::optional<std::uint64_t> limit = 2 * kG) {
  Subject run;
  run.resources[Resource::kMemory] = zone(kG, limit, Burst{kOne, 1000 * kOne});
  run.reading.memory = Bytes{kG + kG / 2};
  run.reading.high_events = 0;
  run.reading.memory_stall = Micros{0};
  run.open();
  run.tick();
  EXPECT_FALSE(run.last.allowance.memory);
  return run;
}

// Seconds until it is told to be stuck, `most` at least when it never was. Sleeps take 2 s, in which no event
// is counted.
int stuck_after(Subject& run, int most, const std::function<void(int)>& then = {}) {
  for (int i = 1; i <= most; ++i) {
    if (i % 2 == 1) ++*run.reading.high_events;
    if (run.reading.memory_stall) run.reading.memory_stall->count += 900'000;
    if (then) then(i);
    run.tick();
    if (run.told(Kind::kStuck) > 0) return i;
  }
  return most + 1;
}

TEST(Stuck, IsRelievedAfterHalfAMinuteWithoutProgress) {
  Subject run = stopped();
  EXPECT_EQ(stuck_after(run, 100), 31);
  EXPECT_EQ(run.last.account.relieved_at, kG + kG / 2);
  EXPECT_TRUE(run.last.allowance.memory);
  const MemoryKnobs memory = memory_knobs(run.resources, run.last.allowance);
  EXPECT_EQ(memory.high, std::nullopt);
  EXPECT_EQ(memory.max, Bytes{2 * kG});
  // It stays so, without another word, until memory is back at the barrier.
  EXPECT_EQ(stuck_after(run, 100), 101);
  EXPECT_TRUE(run.last.allowance.memory);
  run.reading.memory = Bytes{kG};
  run.tick();
  EXPECT_EQ(run.last.account.relieved_at, 0U);
  EXPECT_FALSE(run.last.allowance.memory);
}

TEST(Stuck, WithoutALimitItGetsOne) {
  Subject run = stopped(std::nullopt);
  EXPECT_EQ(stuck_after(run, 100), 31);
  EXPECT_EQ(memory_knobs(run.resources, run.last.allowance).max, Bytes{kG + kG / 2 + 96 * kM});
}

TEST(Stuck, IsKnownWithoutPressureTotalsToo) {
  Subject run = stopped();
  run.reading.memory_stall.reset();
  EXPECT_EQ(stuck_after(run, 100), 31);
}

TEST(Stuck, WhoMakesProgressIsNot) {
  Subject falling = stopped();
  EXPECT_EQ(stuck_after(falling, 100,
                        [&](int) { falling.reading.memory->count -= falling.reading.memory->count / 200; }),
            101);
  // A page now and then is none.
  Subject creeping = stopped();
  EXPECT_EQ(stuck_after(creeping, 100, [&](int) { creeping.reading.memory->count -= 4096; }), 31);
}

TEST(Stuck, WhoStillRunsIsNot) {
  Subject busy = stopped();
  EXPECT_EQ(stuck_after(busy, 100, [&](int) { busy.reading.memory_stall->count -= 800'000; }), 101);
  Subject idle = stopped();
  EXPECT_EQ(stuck_after(idle, 100, [&](int) { idle.reading.high_events = 1; }), 101);
  // File cache comes and goes at the barrier.
  Subject cache = stopped();
  cache.reading.memory = Bytes{kG + 10 * kM};
  EXPECT_EQ(stuck_after(cache, 100), 101);
}

TEST(Stuck, ALongSilenceOfTheDaemonCounts) {
  Subject run = stopped();
  EXPECT_EQ(stuck_after(run, 2), 3);
  ++*run.reading.high_events;
  run.reading.memory_stall->count += 3500 * kOne;
  run.tick(3600 * kOne);
  EXPECT_EQ(run.told(Kind::kStuck), 1U);
}

Subject freezing() {
  Subject run;
  run.resources[Resource::kMemory].limit = kG;
  run.resources.oom = OomPolicy::kFreeze;
  run.reading.memory = Bytes{900 * kM};
  run.reading.high_events = 0;
  run.open();
  run.tick();
  return run;
}

TEST(Stuck, UnderThePolicyFreezeItIsFrozenBeforeTheKernelKills) {
  Subject run = freezing();
  EXPECT_EQ(run.last.next, kTick);
  run.reading.memory = Bytes{kG + 4 * kM};  // file cache at the limit
  run.tick();
  EXPECT_EQ(run.last.next, kTick);
  run.reading.memory = Bytes{kG + 20 * kM};
  run.tick();
  EXPECT_EQ(run.last.next, kLeastTick);
  EXPECT_EQ(run.told(Kind::kFull), 0U);
  run.reading.memory = Bytes{kG + 32 * kM};
  run.tick();
  EXPECT_THAT(run.last.notices,
              testing::ElementsAre(Notice{Kind::kFull, Resource::kMemory, kG + 32 * kM, kG, 0, 0}));
  run.tick();
  EXPECT_EQ(run.told(Kind::kFull), 0U);
  EXPECT_EQ(run.last.next, kTick);
  run.reading.memory = Bytes{kG};
  run.tick();
  run.reading.memory = Bytes{kG + 40 * kM};
  run.tick();
  EXPECT_EQ(run.told(Kind::kFull), 1U);
}

TEST(Stuck, UnderThePolicyFreezeItStaysAboveItsLimitForMomentsOnly) {
  Subject run = freezing();
  run.reading.memory = Bytes{kG + 10 * kM};  // no stall, no event: it has what it wanted, and sleeps
  run.tick();
  run.tick(kOne);
  EXPECT_EQ(run.told(Kind::kFull), 0U);
  run.tick(kOne);
  EXPECT_EQ(run.told(Kind::kFull), 1U);
  run.tick(60 * kOne);
  EXPECT_EQ(run.told(Kind::kFull), 0U);
  // What the kernel does take back is no reason.
  Subject cache = freezing();
  for (int i = 0; i < 20; ++i) {
    cache.reading.memory = Bytes{kG + (i % 2 == 0 ? 10 : 1) * kM};
    cache.tick(kOne);
    EXPECT_EQ(cache.told(Kind::kFull), 0U);
  }
}

TEST(Stuck, UnderThePolicyFreezeABarrierIsLiftedToTheLimitOnly) {
  Subject run = stopped();
  run.resources.oom = OomPolicy::kFreeze;
  EXPECT_EQ(stuck_after(run, 100), 31);
  EXPECT_EQ(memory_knobs(run.resources, run.last.allowance).high, Bytes{2 * kG});
  run.reading.memory = Bytes{2 * kG + 64 * kM};
  run.tick();
  EXPECT_EQ(run.told(Kind::kFull), 1U);
}

}  // namespace
}  // namespace croft::cgroups
