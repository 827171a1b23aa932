#include "ctl/spec/retention.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kNoon = 1795348800;  // Sunday, 2026-11-22 12:00 UTC

TEST(ScheduleText, ReadsWhatItWrites) {
  for (const char* text : {"5min", "1h", "6h", "6h@00:30", "1d", "1d@03:30", "7d@23:59", "400d"})
    EXPECT_EQ(to_text(parse_schedule(text)), text);
  EXPECT_EQ(parse_schedule("24h"), parse_schedule("1d"));
  EXPECT_EQ(parse_schedule("1d@03:30"), (Schedule{86400, 12600}));
}

TEST(ScheduleText, RefusesTheRest) {
  for (const char* text :
       {"", "@", "4min", "401d", "1d@", "1d@3:30", "1d@24:00", "1d@00:60", "1d@03:30:00", "1d@-1:00",
        "1h@02:00", "daily", "1d@03.30", "0", "1d @03:30", "99999999999999999999d"})
    EXPECT_THROW(parse_schedule(text), Error) << text;
}

TEST(ScheduleTurns, OneIsDueHoweverManyWereMissed) {
  const Schedule nightly = parse_schedule("1d@03:30");
  const std::int64_t turn = kNoon - 8 * kHour - kHour / 2;
  EXPECT_EQ(next_turn(nightly, kNoon), turn + kDay);
  EXPECT_FALSE(is_due(nightly, turn, kNoon));
  EXPECT_FALSE(is_due(nightly, kNoon, kNoon));
  EXPECT_TRUE(is_due(nightly, turn - 1, kNoon));
  EXPECT_TRUE(is_due(nightly, turn - 40 * kDay, kNoon));
  EXPECT_TRUE(is_due(nightly, turn - 1, turn));
  EXPECT_FALSE(is_due(nightly, turn - 1, turn - 1));
}

// Followed to the minute over a week, each turn is taken once.
TEST(ScheduleTurns, EachOnce) {
  for (const char* text : {"5min", "1h", "6h@00:30", "1d@03:30"}) {
    const Schedule schedule = parse_schedule(text);
    std::int64_t last = kNoon;
    std::uint64_t made = 0;
    for (std::int64_t now = kNoon; now < kNoon + 7 * kDay; now += 60)
      if (is_due(schedule, last, now)) {
        last = now;
        ++made;
      }
    EXPECT_NEAR(static_cast<double>(made), 7.0 * kDay / static_cast<double>(schedule.every), 1) << text;
  }
}

TEST(RetentionText, ReadsWhatItWrites) {
  for (const char* text : {"1h", "7d", "7d,4w,12m", "24h,7d,4w,12m,3y", "1000h"})
    EXPECT_EQ(to_text(parse_retention(text)), text);
  EXPECT_EQ(parse_retention("4w,7d"), parse_retention("7d,4w"));
}

TEST(RetentionText, RefusesTheRest) {
  for (const char* text : {"", ",", "7", "d", "7d,", ",7d", "0d", "1001d", "7d,7d", "7x", "-1d", "7 d", "07d",
                           "7D", "7d;4w", "1.5d", "99999999999999999999d"})
    EXPECT_THROW(parse_retention(text), Error) << text;
}

std::vector<std::int64_t> kept_times(const std::vector<std::int64_t>& times, const char* retention) {
  const std::vector<bool> kept = kept_of(times, parse_retention(retention));
  std::vector<std::int64_t> left;
  for (std::size_t i = 0; i < times.size(); ++i)
    if (kept[i]) left.push_back(times[i]);
  return left;
}

TEST(RetentionKeeps, TheLastOfEachPeriod) {
  const std::vector<std::int64_t> twice_a_day{kNoon - 2 * kDay, kNoon - kDay - 6 * kHour, kNoon - kDay,
                                              kNoon - 6 * kHour, kNoon};
  EXPECT_EQ(kept_times(twice_a_day, "2d"), (std::vector<std::int64_t>{kNoon - kDay, kNoon}));
  EXPECT_EQ(kept_times(twice_a_day, "2h"), (std::vector<std::int64_t>{kNoon - 6 * kHour, kNoon}));
  EXPECT_EQ(kept_times(twice_a_day, "1w"), (std::vector<std::int64_t>{kNoon}));
  EXPECT_EQ(kept_times({}, "7d"), std::vector<std::int64_t>{});
}

TEST(RetentionKeeps, WeeksBeginOnMondayAndMonthsOnTheFirst) {
  const std::int64_t monday = kNoon - 6 * kDay;
  EXPECT_EQ(kept_times({monday - kDay, monday, kNoon}, "2w"),
            (std::vector<std::int64_t>{monday - kDay, kNoon}));
  const std::int64_t first = kNoon - 21 * kDay;
  EXPECT_EQ(kept_times({first - kDay, first, kNoon}, "2m"), (std::vector<std::int64_t>{first - kDay, kNoon}));
}

TEST(RetentionKeeps, AGapDoesNotCount) {
  EXPECT_EQ(kept_times({kNoon - 300 * kDay, kNoon - 100 * kDay, kNoon}, "2d"),
            (std::vector<std::int64_t>{kNoon - 100 * kDay, kNoon}));
}

// Made daily and thinned out each time, as happens: after three years what was promised is there.
TEST(RetentionKeeps, StepByStepAsAtOnce) {
  std::mt19937 chance(7);
  for (const char* text : {"7d,4w,12m", "24h,7d", "3w", "5y,2m", "1d"}) {
    const Retention retention = parse_retention(text);
    std::vector<std::int64_t> all;
    std::vector<std::int64_t> there;
    for (std::int64_t day = 0; day < 1100; ++day) {
      const std::int64_t time = kNoon + day * kDay + static_cast<std::int64_t>(chance() % 7200);
      all.push_back(time);
      there.push_back(time);
      there = kept_times(there, text);
      unsigned most = 1;
      for (const unsigned count : retention.count) most += count;
      ASSERT_LE(there.size(), most);
      ASSERT_EQ(there.back(), time) << "the newest stays";
    }
    EXPECT_EQ(there, kept_times(all, text));
  }
}

}  // namespace
}  // namespace croft::ctl
