#include "cgroups/guarantee.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "cgroups/knobs.h"
#include "cgroups/wide.h"
#include "tests/unit/cgroups/chance.h"

namespace croft::cgroups {
namespace {

using Claims = std::vector<Claim>;

std::vector<std::uint32_t> weights_of(const Claims& claims, const Factor& factor) {
  std::vector<std::uint32_t> weights;
  for (const Claim& one : claims) weights.push_back(weight_of(one, factor));
  return weights;
}

std::uint64_t sum_of(const Claims& claims) {
  std::uint64_t sum = 0;
  for (const Claim& one : claims) sum = plus(sum, one.guarantee);
  return sum;
}

// n * 2^unit, rounded up.
std::uint64_t rounding_of(const Claims& claims, const Factor& factor) {
  const Wide count = claims.size();
  return factor.unit >= 0 ? narrow(count << factor.unit) : narrow(divided_up(count, Wide{1} << -factor.unit));
}

// What the header promises of a claim's part: its guarantee, or a little less where nothing is left over.
std::uint64_t promised(const Claims& claims, const Factor& factor, std::uint64_t capacity,
                       const Claim& claim) {
  const std::uint64_t rounding = rounding_of(claims, factor);
  if (plus(sum_of(claims), rounding) <= capacity) return claim.guarantee;
  Wide shares = 0;
  for (const Claim& one : claims) shares += one.share;
  const Wide least = divided_up(shares, Wide{1} << 30);
  return scaled(claim.guarantee, capacity, narrow(Wide{capacity} + rounding + least));
}

void expect_kept(const Claims& claims, const Factor& factor, std::uint64_t capacity) {
  const std::vector<std::uint32_t> weights = weights_of(claims, factor);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    ASSERT_GE(weights[i], kLeastWeight);
    ASSERT_LE(weights[i], kMostWeight);
    ASSERT_GE(contended_part(weights[i], weights, capacity), promised(claims, factor, capacity, claims[i]))
        << i << " of " << claims.size() << ", guarantee " << claims[i].guarantee << " of " << capacity;
  }
}

// Claims whose guarantees fit; now and then all of it is promised.
Claims any_claims(Chance& chance, std::uint64_t capacity) {
  Claims claims(1 + chance.below(200));
  std::uint64_t left = chance.one_in(3) ? capacity : capacity / (1 + chance.below(8));
  for (Claim& one : claims) {
    one.share = static_cast<std::uint32_t>(1 + chance.below(chance.one_in(2) ? 100 : 10000));
    if (chance.one_in(4) || left == 0) continue;
    one.guarantee = chance.below(left / (1 + chance.below(30)) + 1);
    left -= one.guarantee;
  }
  if (chance.one_in(4)) claims.back().guarantee += left;
  return claims;
}

TEST(Guarantee, EveryPartHoldsWhatWasPromised) {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    Chance chance(seed);
    const std::uint64_t capacity = 1 + chance.any() / 2;
    const Claims claims = any_claims(chance, capacity);
    SCOPED_TRACE(seed);
    const Factor factor = factor_of(claims, capacity);
    ASSERT_NO_FATAL_FAILURE(expect_kept(claims, factor, capacity));
    ASSERT_TRUE(still_good(factor, claims, capacity));
  }
}

TEST(Guarantee, AHundredOnAFullHostLoseLessThanAFifthOfAPercent) {
  const std::uint64_t capacity = 64000;
  const Claims claims(100, Claim{640, 100});
  const Factor factor = factor_of(claims, capacity);
  const std::vector<std::uint32_t> weights = weights_of(claims, factor);
  for (const std::uint32_t weight : weights)
    EXPECT_GE(contended_part(weight, weights, capacity) * 1000, 640U * 998);
  EXPECT_LT(rounding_of(claims, factor) * 500, capacity);
}

TEST(Guarantee, ClaimsThatAreAlikeMayBeCounted) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Chance chance(seed);
    const std::uint64_t capacity = 1 + chance.any() / 2;
    Claims each;
    Claims grouped = any_claims(chance, capacity / 8);
    for (Claim& one : grouped) {
      one.count = 1 + chance.below(7);
      each.insert(each.end(), one.count, {one.guarantee, one.share});
    }
    SCOPED_TRACE(seed);
    const Factor factor = factor_of(each, capacity);
    ASSERT_EQ(factor_of(grouped, capacity), factor);
    for (const std::uint64_t other : {capacity, capacity / 2, capacity / 3})
      ASSERT_EQ(still_good(factor, grouped, other), still_good(factor, each, other));
  }
}

TEST(Guarantee, KeptFactorsHoldTooWhileContainersComeAndGo) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Chance chance(seed);
    const std::uint64_t capacity = 1000 + chance.below(1'000'000);
    Claims claims{{0, 100}};
    Factor factor = factor_of(claims, capacity);
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t left = minus(capacity, sum_of(claims));
      if (claims.size() > 1 && chance.one_in(3)) {
        claims.erase(claims.begin() + static_cast<std::ptrdiff_t>(chance.below(claims.size())));
      } else {
        claims.push_back({chance.below(left / 20 + 1), static_cast<std::uint32_t>(1 + chance.below(400))});
      }
      if (!still_good(factor, claims, capacity)) factor = factor_of(claims, capacity);
      SCOPED_TRACE(seed);
      ASSERT_NO_FATAL_FAILURE(expect_kept(claims, factor, capacity));
    }
  }
}

// How many weights of others were written while `count` like `claim` started one after the other.
std::uint64_t written(std::size_t count, const Claim& claim, std::uint64_t capacity) {
  Claims claims;
  Factor factor;
  std::uint64_t writes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    claims.push_back(claim);
    if (still_good(factor, claims, capacity)) continue;
    factor = factor_of(claims, capacity);
    writes += i;
  }
  return writes;
}

TEST(Guarantee, AThousandStartsWriteEachSiblingAFewTimesOnly) {
  for (const Claim& claim : {Claim{0, 100}, Claim{8, 100}, Claim{32, 100}}) {
    EXPECT_LE(written(1000, claim, 64000), 1000U * 8) << claim.guarantee;
    // Twice as many containers cost each start the same.
    EXPECT_LE(written(2000, claim, 128000), 2000U * 8) << claim.guarantee;
  }
  // The last of these take what is left over down to its 64th part.
  EXPECT_LE(written(1000, {63, 1}, 64000), 1000U * 28);
}

TEST(Guarantee, WhatIsLeftOverIsDividedByShare) {
  const Claims claims{{0, 100}, {0, 300}, {2000, 100}};
  const Factor factor = factor_of(claims, 8000);
  const std::vector<std::uint32_t> weights = weights_of(claims, factor);
  const std::uint64_t one = contended_part(weights[0], weights, 8000);
  const std::uint64_t three = contended_part(weights[1], weights, 8000);
  EXPECT_NEAR(static_cast<double>(three), 3 * static_cast<double>(one), 8);
  EXPECT_GE(contended_part(weights[2], weights, 8000), 2000 + one * 8 / 10);
}

TEST(Guarantee, AFactorIsLeftWhenAGuaranteeNeedsItOrTwoStepsWouldBeWon) {
  Claims claims(8, Claim{100, 100});
  const Factor factor = factor_of(claims, 8000);
  EXPECT_EQ(factor.denominator, 1U);  // 7200 over 800 shares, a little less: 8
  EXPECT_EQ(factor.numerator, 8U);
  EXPECT_TRUE(still_good(factor, claims, 8000));
  for (Claim& one : claims) one.guarantee += 87;
  EXPECT_TRUE(still_good(factor, claims, 8000));
  for (Claim& one : claims) one.guarantee += 20;
  EXPECT_FALSE(still_good(factor, claims, 8000));
  claims.assign(7, Claim{100, 100});
  EXPECT_TRUE(still_good(factor, claims, 8000));  // 10 would fit
  claims.assign(6, Claim{100, 100});
  EXPECT_FALSE(still_good(factor, claims, 8000));  // and now 12
  EXPECT_FALSE(still_good(Factor{}, claims, 8000));
}

TEST(Guarantee, ADominantClaimGetsACoarserUnit) {
  Claims claims(500, Claim{8, 100});
  const Factor before = factor_of(claims, 64000);
  claims.push_back({32000, 100});
  EXPECT_FALSE(still_good(before, claims, 64000));
  const Factor after = factor_of(claims, 64000);
  EXPECT_GT(after.unit, before.unit);
  EXPECT_GT(weight_of(claims.back(), after), kMostWeight / 2);
  ASSERT_NO_FATAL_FAILURE(expect_kept(claims, after, 64000));
}

TEST(Guarantee, OddLevelsGiveUsefulWeights) {
  EXPECT_TRUE(still_good(factor_of({}, 0), {}, 0));
  const Claims unknown{{0, 100}, {0, 200}};
  const Factor factor = factor_of(unknown, 0);
  EXPECT_EQ(weight_of(unknown[1], factor), 2 * weight_of(unknown[0], factor));
  const Claims beyond{{700, 100}, {700, 100}};
  EXPECT_EQ(weight_of(beyond[0], factor_of(beyond, 1000)), weight_of(beyond[1], factor_of(beyond, 1000)));
  const Claims huge{{kMost, 10000}, {kMost, 10000}, {1, 1}};
  const Factor largest = factor_of(huge, kMost);
  EXPECT_EQ(weight_of(huge[2], largest), kLeastWeight);
  EXPECT_GT(weight_of(huge[0], largest), kMostWeight / 2);
  const Claims alone{{0, 10000}};
  EXPECT_GT(weight_of(alone[0], factor_of(alone, kMost)), kMostWeight / 4);
}

TEST(Guarantee, CroftsOwnGroupGetsAllButTheReserve) {
  const std::uint32_t own = weight_beside(300, 8000, 500);
  EXPECT_EQ(own, 4500U);
  EXPECT_GE(contended_part(own, std::vector<std::uint32_t>{own, 300}, 8000), 7500U);
  EXPECT_EQ(weight_beside(300, 8000, 0), kMostWeight);
  EXPECT_EQ(weight_beside(300, 64000, 1), kMostWeight);
  EXPECT_EQ(weight_beside(300, 8000, 9000), kLeastWeight);
  EXPECT_EQ(weight_beside(kMost, kMost, 1), kMostWeight);
}

}  // namespace
}  // namespace croft::cgroups
