#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <vector>

#include "tests/unit/cgroups/chance.h"
#include "tests/unit/cgroups/subject.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Notice::Kind;

Subject with_threshold(const Threshold& threshold) {
  Subject run;
  run.resources[Resource::kMemory] = zone(kG, 2 * kG, Burst{1000 * kOne, 1000 * kOne});
  run.resources[Resource::kCpu] = zone(500, 2000, Burst{1000 * kOne, 1000 * kOne});
  run.resources.thresholds = {threshold};
  run.reading.memory = Bytes{100 * kM};
  run.reading.cpu = Micros{0};
  run.open();
  return run;
}

TEST(Thresholds, FireOnceForEachRise) {
  Subject run = with_threshold({Resource::kMemory, 1600 * kM, Action::kEvent, {}, 0});
  std::size_t fired = 0;
  const auto at = [&](std::uint64_t memory) {
    run.reading.memory = Bytes{memory * kM};
    run.tick();
    fired += run.told(Kind::kThreshold);
  };
  at(1599);
  EXPECT_EQ(fired, 0U);
  at(1600);
  EXPECT_EQ(fired, 1U);
  EXPECT_EQ(run.last.notices[0], (Notice{Kind::kThreshold, Resource::kMemory, 1600 * kM, 1600 * kM, 0, 0}));
  // A sixteenth is 100 M.
  for (int i = 0; i < 20; ++i) at(i % 2 == 0 ? 1500 : 1650);
  EXPECT_EQ(fired, 1U);
  at(1499);
  at(1650);
  EXPECT_EQ(fired, 2U);
  at(1499);
  at(1599);
  EXPECT_EQ(fired, 2U);
}

TEST(Thresholds, OfRatesWaitForCalm) {
  Subject run = with_threshold({Resource::kCpu, 1000, Action::kEvent, {}, 0});
  std::size_t fired = 0;
  for (int i = 0; i < 30; ++i) {
    run.reading.cpu->count += i % 3 == 0 ? 2 * kOne : 0;
    run.tick();
    fired += run.told(Kind::kThreshold);
  }
  EXPECT_EQ(fired, 1U);
  for (int i = 0; i < 21; ++i) run.tick();  // at most twice kCalm
  run.reading.cpu->count += 2 * kOne;
  run.tick();
  EXPECT_EQ(run.told(Kind::kThreshold), 1U);
}

TEST(Thresholds, ThrottleHoldsAtTheBarrierOfItsResource) {
  Subject run = with_threshold({Resource::kMemory, 1600 * kM, Action::kThrottle, {}, 0});
  run.reading.memory = Bytes{1700 * kM};
  EXPECT_FALSE(run.tick().allowance.memory);
  EXPECT_TRUE(run.last.allowance.cpu);
  run.reading.memory = Bytes{1550 * kM};
  EXPECT_FALSE(run.tick().allowance.memory);
  run.reading.memory = Bytes{kG};
  EXPECT_TRUE(run.tick().allowance.memory);
  for (const Resource one : {Resource::kCpu, Resource::kIo, Resource::kIops, Resource::kSwap}) {
    Subject other = with_threshold({one, 0, Action::kThrottle, {}, 0});
    other.tick();
    EXPECT_EQ(other.last.allowance.cpu, one != Resource::kCpu);
    EXPECT_EQ(other.last.allowance.memory, one != Resource::kSwap);
    EXPECT_EQ(other.last.allowance.io, one != Resource::kIo);
    EXPECT_EQ(other.last.allowance.iops, one != Resource::kIops);
  }
}

// A threshold by itself, as croft-spec(5) says: exceeded from its value on, until a 16th below it.
struct Alone {
  std::uint64_t value = 0;
  bool exceeded = false;
  bool rises_by(std::uint64_t held) {
    const bool before = exceeded;
    exceeded = held >= (before ? value - value / kBandPart : value);
    return exceeded && !before;
  }
};

TEST(Thresholds, AnyNumberOfThemIsJudgedEachAsIfItWereAlone) {
  Chance chance(20266);
  Subject run = with_threshold({});
  run.reading.memory = Bytes{0};
  run.open();
  run.resources.thresholds.clear();
  std::vector<Alone> alone;
  for (std::size_t i = 0; i < kMaxThresholds; ++i) {
    alone.push_back({1 + chance.below(3000), false});
    run.resources.thresholds.push_back({Resource::kMemory, alone.back().value, Action::kLog, {}, 0});
  }
  std::uint64_t held = 0;
  std::size_t all = 0;
  for (int i = 0; i < 500; ++i) {
    held =
        chance.one_in(2) ? chance.below(3200) : std::max<std::uint64_t>(held + chance.below(200), 100) - 100;
    run.reading.memory = Bytes{held};
    run.tick();
    std::set<std::size_t> told;
    for (const Notice& notice : run.last.notices)
      if (notice.kind == Kind::kThreshold) told.insert(notice.threshold);
    std::set<std::size_t> expected;
    for (std::size_t k = 0; k < alone.size(); ++k)
      if (alone[k].rises_by(held)) expected.insert(k);
    ASSERT_EQ(told, expected) << "at step " << i << ", which holds " << held;
    all += told.size();
  }
  EXPECT_GT(all, 20 * kMaxThresholds);
}

// A rate is over again only after kCalm below the 16th, whatever other thresholds saw meanwhile.
TEST(Thresholds, OfRatesAreEachTheirOwn) {
  Subject run = with_threshold({Resource::kCpu, 1000, Action::kEvent, {}, 0});
  run.resources.thresholds.push_back({Resource::kCpu, 2000, Action::kEvent, {}, 0});
  const auto use = [&](std::uint64_t part) {
    run.reading.cpu->count += part;
    run.tick();
    std::vector<std::size_t> told;
    for (const Notice& notice : run.last.notices)
      if (notice.kind == Kind::kThreshold) told.push_back(notice.threshold);
    return told;
  };
  EXPECT_THAT(use(2 * kOne), ElementsAre(0, 1));
  for (int i = 0; i < 9; ++i) EXPECT_THAT(use(kOne), IsEmpty());
  EXPECT_THAT(use(2 * kOne), IsEmpty());  // within kCalm
  for (int i = 0; i < 21; ++i) EXPECT_THAT(use(kOne), IsEmpty());
  EXPECT_THAT(use(2 * kOne), ElementsAre(1));  // the lower one was exceeded all the time
}

TEST(Watch, BarriersThatNothingEnforcesAreTold) {
  Subject run;
  run.resources[Resource::kTasks] = zone(100, 200, std::nullopt);
  run.reading.tasks = 100;
  run.open();
  EXPECT_THAT(run.tick().notices, IsEmpty());
  run.reading.tasks = 101;
  EXPECT_THAT(run.tick().notices, ElementsAre(Notice{Kind::kBarrier, Resource::kTasks, 101, 100, 0, 0}));
  run.reading.tasks = 96;
  EXPECT_THAT(run.tick().notices, IsEmpty());
  run.reading.tasks = 101;
  EXPECT_THAT(run.tick().notices, IsEmpty());
  run.reading.tasks = 90;
  run.tick();
  run.reading.tasks = 150;
  EXPECT_EQ(run.tick().notices.size(), 1U);
  EXPECT_EQ(run.failcnt(Resource::kTasks), 0U);
}

TEST(Watch, RefusalsAreCountedAndToldNowAndThen) {
  Subject run;
  run.resources[Resource::kTasks].limit = 50;
  run.reading.tasks = 50;
  run.reading.refused_tasks = 3;
  run.open();
  EXPECT_EQ(run.failcnt(Resource::kTasks), 3U);
  std::vector<Notice> notices;
  for (int i = 0; i < 25; ++i) {
    *run.reading.refused_tasks += i < 20 ? 10 : 0;
    run.tick();
    notices.insert(notices.end(), run.last.notices.begin(), run.last.notices.end());
  }
  EXPECT_EQ(run.failcnt(Resource::kTasks), 203U);
  EXPECT_THAT(notices, ElementsAre(Notice{Kind::kRefused, Resource::kTasks, 50, 50, 0, 10},
                                   Notice{Kind::kRefused, Resource::kTasks, 50, 50, 0, 100},
                                   Notice{Kind::kRefused, Resource::kTasks, 50, 50, 0, 90}));
  run.reading.refused_tasks = 2;  // a new group
  run.tick();
  EXPECT_EQ(run.failcnt(Resource::kTasks), 205U);
}

TEST(Watch, OomKillsAreToldAtOnce) {
  Subject run;
  run.resources[Resource::kMemory].limit = kG;
  run.reading.memory = Bytes{kG};
  run.reading.oom_events = 0;
  run.reading.oom_kills = 0;
  run.open();
  run.reading.oom_events = 3;
  run.reading.oom_kills = 2;
  EXPECT_THAT(run.tick().notices, ElementsAre(Notice{Kind::kOom, Resource::kMemory, kG, kG, 0, 2}));
  EXPECT_EQ(run.failcnt(Resource::kMemory), 3U);
  run.reading.oom_events.reset();
  run.reading.oom_kills = 3;
  EXPECT_EQ(run.tick().notices.size(), 1U);
  EXPECT_EQ(run.failcnt(Resource::kMemory), 4U);
}

TEST(Watch, ThrottlingIsToldOnceUntilItStops) {
  Subject run;
  run.resources[Resource::kCpu].limit = 500;
  run.reading.cpu = Micros{0};
  run.reading.throttled = Micros{0};
  run.open();
  std::size_t told = 0;
  const auto ticks = [&](int count, std::uint64_t throttled) {
    for (int i = 0; i < count; ++i) {
      run.reading.throttled->count += throttled;
      run.tick();
      told += run.told(Kind::kThrottled);
    }
  };
  ticks(5, 50'000);
  EXPECT_EQ(told, 0U);
  ticks(20, 400'000);
  EXPECT_EQ(told, 1U);
  ticks(5, 0);
  ticks(5, 400'000);
  EXPECT_EQ(told, 1U);
  ticks(10, 0);
  ticks(1, 400'000);
  EXPECT_EQ(told, 2U);
  EXPECT_EQ(run.last.notices[0].bound, 500U);
}

TEST(Watch, NoticesHaveNames) {
  EXPECT_EQ(to_text(Kind::kBurstEnded), "burst-ended");
  EXPECT_EQ(to_text(Kind::kFull), "memory-full");
  EXPECT_EQ(to_text(Kind::kRefused), "refused");
}

}  // namespace
}  // namespace croft::cgroups
