#include "cgroups/burst.h"

#include <gtest/gtest.h>

#include <array>

#include "cgroups/wide.h"
#include "tests/unit/cgroups/chance.h"

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;

Burst any_burst(Chance& chance) {
  Burst burst{chance.any(), chance.any()};
  if (chance.one_in(3)) burst.period_us.reset();
  return burst;
}

TEST(Burst, SmallStepsAddUpToALargeOne) {
  Chance chance(1);
  for (int round = 0; round < 2000; ++round) {
    const Burst burst = any_burst(chance);
    const bool up = chance.one_in(2);
    Credit small = full(burst);
    small = step_rate(burst, small, chance.one_in(2) ? burst.amount : chance.any(), 0, Micros{1});
    Credit large = small;
    std::uint64_t rate = 0, time = 0;
    for (std::uint64_t left = 1 + chance.below(40); left > 0; --left) {
      const std::uint64_t amount = 1 + chance.any() / 64, elapsed = 1 + chance.any() / 64;
      small = step_rate(burst, small, up ? amount : 0, up ? 0 : amount, Micros{elapsed});
      rate += amount, time += elapsed;
    }
    large = step_rate(burst, large, up ? rate : 0, up ? 0 : rate, Micros{time});
    ASSERT_EQ(small, large) << "round " << round;
  }
}

TEST(Burst, LevelsAddUpToo) {
  Chance chance(2);
  for (int round = 0; round < 2000; ++round) {
    const Burst burst = any_burst(chance);
    const bool above = chance.one_in(2);
    Credit small = step_level(burst, full(burst), true, Micros{chance.any()});
    Credit large = small;
    std::uint64_t time = 0;
    for (int i = 0; i < 30; ++i) {
      const std::uint64_t elapsed = 1 + chance.any() / 64;
      small = step_level(burst, small, above, Micros{elapsed});
      time += elapsed;
    }
    large = step_level(burst, large, above, Micros{time});
    ASSERT_EQ(small, large) << "round " << round;
  }
}

// One unit is `period` parts; nothing is ever rounded.
struct Exact {
  Wide parts, most;
  std::uint64_t period;
  void spend(std::uint64_t units) {
    const Wide cost = Wide{units} * period;
    // What is left of less than a unit waits for the next refill.
    parts = parts / period <= units ? parts % period : parts - cost;
  }
  void refill(std::uint64_t amount, std::uint64_t elapsed) {
    parts = std::min(most, parts + Wide{amount} * elapsed);
  }
};

TEST(Burst, AnHourOfUpsAndDownsIsExact) {
  constexpr std::uint64_t kHour = 3'600'000'000;
  for (unsigned seed = 0; seed < 20; ++seed) {
    Chance chance(seed);
    const Burst burst{1 + chance.below(1'800'000'000), 1 + chance.below(24 * kHour)};
    Credit credit = full(burst);
    Exact exact{Wide{burst.amount} * *burst.period_us, Wide{burst.amount} * *burst.period_us,
                *burst.period_us};
    for (std::uint64_t at = 0; at < kHour;) {
      const std::uint64_t elapsed = 1 + chance.below(2'000'000);
      const bool up = chance.below(5) < 2;
      const std::uint64_t above = up ? 1 + chance.below(elapsed * 4) : 0;
      credit = step_rate(burst, credit, above, 0, Micros{elapsed});
      up ? exact.spend(above) : exact.refill(burst.amount, elapsed);
      ASSERT_EQ(credit.left, narrow(exact.parts / exact.period)) << "seed " << seed << " at " << at;
      at += elapsed;
    }
  }
}

TEST(Burst, WithoutAPeriodOnlyWhatStaysUnusedRefills) {
  const Burst burst{1000, std::nullopt};
  Credit credit = step_rate(burst, full(burst), 600, 0, Micros{1'000'000});
  EXPECT_EQ(credit.left, 400U);
  credit = step_rate(burst, credit, 0, 150, Micros{1'000'000});
  EXPECT_EQ(credit.left, 550U);
  credit = step_rate(burst, credit, 0, 0, Micros{1'000'000'000});
  EXPECT_EQ(credit.left, 550U);
  credit = step_rate(burst, credit, 0, kMost, Micros{1});
  EXPECT_EQ(credit.left, 1000U);
  EXPECT_EQ(step_level(burst, Credit{10, 0, false}, false, Micros{70}).left, 80U);
}

TEST(Burst, AnEmptyBucketResumesAtItsTwentiethPart) {
  const Burst burst{2000, 2000};
  Credit credit = step_rate(burst, full(burst), 2000, 0, Micros{1});
  EXPECT_FALSE(allowed(credit));
  credit = step_rate(burst, credit, 0, 0, Micros{99});
  EXPECT_EQ(credit.left, 99U);
  EXPECT_FALSE(allowed(credit));
  credit = step_rate(burst, credit, 0, 0, Micros{1});
  EXPECT_TRUE(allowed(credit));
  credit = step_rate(burst, credit, 99, 0, Micros{1});
  EXPECT_TRUE(allowed(credit));
  credit = step_rate(burst, credit, 5, 0, Micros{1});
  EXPECT_EQ(credit.left, 0U);
  EXPECT_FALSE(allowed(credit));
}

TEST(Burst, NothingDividesByZeroAndNothingWraps) {
  for (const std::uint64_t amount : {std::uint64_t{0}, std::uint64_t{1}, kHalf, kMost})
    for (const std::optional<std::uint64_t> period :
         std::array<std::optional<std::uint64_t>, 4>{std::nullopt, 0, 1, kMost})
      for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, kMost}) {
        const Burst burst{amount, period};
        Credit credit = full(burst);
        EXPECT_EQ(allowed(credit), amount > 0);
        credit = step_rate(burst, credit, step, 0, Micros{kMost});
        EXPECT_LE(credit.left, amount);
        credit = step_rate(burst, credit, 0, step, Micros{kMost});
        EXPECT_LE(credit.left, amount);
        EXPECT_TRUE(period != std::uint64_t{0} || credit.left == amount);
        EXPECT_TRUE(amount > 0 || !allowed(credit));
      }
}

TEST(Burst, FollowsAChangedBucket) {
  const Burst large{1000, 3000};
  Credit credit = step_rate(large, Credit{500, 0, false}, 0, 0, Micros{2});
  EXPECT_EQ(credit.remainder, 2000U);
  credit = step_rate({100, 10}, credit, 0, 0, Micros{0});
  EXPECT_EQ(credit, (Credit{100, 0, false}));
  EXPECT_FALSE(allowed(step_rate({0, 10}, credit, 0, 0, Micros{1})));
}

TEST(Burst, TellsWhenItRunsDry) {
  EXPECT_EQ(runs_dry_in(Credit{100, 0, false}, 0).count, kMost);
  EXPECT_EQ(runs_dry_in(Credit{100, 0, false}, 1000).count, 100'000U);
  EXPECT_EQ(runs_dry_in(Credit{1, 0, false}, 3).count, 333'334U);
  EXPECT_EQ(runs_dry_in(Credit{0, 0, true}, 3).count, 0U);
  EXPECT_EQ(runs_dry_in(Credit{kMost, 0, false}, 1).count, kMost);
}

}  // namespace
}  // namespace croft::cgroups
