#include "fs/view/clocks.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "fs/view/shared.h"

namespace croft::view {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

CpuTime sum_of(const Clocks& clocks) {
  CpuTime sum;
  for (const CpuTime& time : clocks.cpus) {
    sum.user += time.user;
    sum.system += time.system;
    sum.idle += time.idle;
  }
  return sum;
}

TEST(Clocks, SpreadWhatWasUsedOverTheCpusThatAreSeen) {
  Clocks clocks;
  advance(clocks, 110 * kSecond, 100 * kSecond, 4 * kSecond + 1, 2 * kSecond, 2);
  EXPECT_EQ(clocks.cpus[0].user, 2 * kSecond + 1);
  EXPECT_EQ(clocks.cpus[1].user, 2 * kSecond);
  EXPECT_EQ(clocks.cpus[0].system, kSecond);
  EXPECT_EQ(sum_of(clocks).idle, 14 * kSecond - 1);
}

// Whatever becomes of the limit, and though a clock may stand still: nothing goes backwards, and nothing is
// lost.
TEST(Clocks, NeverGoBackwards) {
  std::mt19937_64 random(11);
  Clocks clocks;
  std::uint64_t now = kSecond;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  for (int i = 0; i < 5000; ++i) {
    const Clocks before = clocks;
    now += random() % 3 == 0 ? 0 : random() % kSecond;
    user += random() % kSecond;
    system += random() % (kSecond / 4);
    advance(clocks, now, kSecond, user, system, 1 + static_cast<unsigned>(random() % 8));
    for (unsigned cpu = 0; cpu < kMaxCpus; ++cpu) {
      ASSERT_GE(clocks.cpus[cpu].user, before.cpus[cpu].user);
      ASSERT_GE(clocks.cpus[cpu].system, before.cpus[cpu].system);
      ASSERT_GE(clocks.cpus[cpu].idle, before.cpus[cpu].idle);
    }
    ASSERT_EQ(sum_of(clocks).user, user);
    ASSERT_EQ(sum_of(clocks).system, system);
  }
  const Clocks before = clocks;
  advance(clocks, now - kSecond, kSecond, user - 5, system - 5, 3);
  EXPECT_EQ(sum_of(clocks), sum_of(before));
}

TEST(Load, ComesToWhatIsUsed) {
  Clocks clocks;
  std::uint64_t now = 100 * kSecond;
  for (int i = 0; i < 1000; ++i, now += 5 * kSecond)
    tick_load(clocks, now, 100 * kSecond, (now - 100 * kSecond) * 3 / 2);
  for (const double load : clocks.load) EXPECT_NEAR(load, 1.5, 0.05);
  EXPECT_NEAR(clocks.running, 1.5, 0.001);
}

TEST(Load, StepsNoMoreThanOnceATick) {
  Clocks clocks;
  tick_load(clocks, 10 * kSecond, 5 * kSecond, kSecond);
  const double load = clocks.load[0];
  tick_load(clocks, 11 * kSecond, 5 * kSecond, 2 * kSecond);
  EXPECT_EQ(clocks.load[0], load);
}

TEST(Record, KeepsTheLastWholeState) {
  const auto record = std::make_unique<Record>();
  record->begin();
  for (unsigned i = 1; i < 20; ++i)
    record->update(4, [&](Clocks& clocks) { advance(clocks, i * kSecond, 0, i * 4, 0, i % 4 + 1); });
  EXPECT_EQ(sum_of(record->now()).user, 19U * 4);
  // Killed while it changes: what was there before is there still.
  const CpuTime before = sum_of(record->now());
  EXPECT_THROW(record->update(4,
                              [&](Clocks& clocks) {
                                advance(clocks, 100 * kSecond, 0, 1000, 0, 2);
                                throw 1;
                              }),
               int);
  EXPECT_EQ(sum_of(record->now()), before);
}

TEST(Record, IsARunsOwn) {
  const auto shared = std::make_unique<Shared>();
  Record& one = record_of(*shared, "one", 5, 10);
  one.update(1, [](Clocks& clocks) { clocks.user = 1; });
  EXPECT_EQ(&record_of(*shared, "one", 5, 11), &one);
  EXPECT_NE(&record_of(*shared, "two", 5, 12), &one);
  Record& next = record_of(*shared, "one", 6, 13);
  EXPECT_NE(&next, &one);
  EXPECT_EQ(next.now().user, 0U);
  for (std::size_t i = 0; i < kMaxRecords; ++i) record_of(*shared, "x" + std::to_string(i), 1, 20 + i);
  EXPECT_EQ(record_of(*shared, "one", 6, 9999).now().user, 0U);  // the one unused longest gave way
}

}  // namespace
}  // namespace croft::view
