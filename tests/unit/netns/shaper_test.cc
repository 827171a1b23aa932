// What classes of the shaper's trees are told; tests/system/ROOT_net_shape sees them at work.
#include "netns/shaper.h"

#include <gtest/gtest.h>

namespace croft::netns {
namespace {

constexpr std::uint64_t kM = 1 << 20;
constexpr std::uint64_t kUnbounded = 125'000'000'000;

TEST(Shaper, WithoutAnUplinkOnlyLimitsAreKept) {
  EXPECT_EQ(class_rates({.guarantee = kM, .ceiling = 4 * kM, .share = 100}, {}),
            (ClassRates{4 * kM, 4 * kM, 64'000}));
  EXPECT_EQ(class_rates({}, {}), (ClassRates{kUnbounded, kUnbounded, 64'000}));
  EXPECT_EQ(passing({.guarantee = kM, .ceiling = {}, .share = 100}, {}), Passing::kNone);
  EXPECT_EQ(passing({.guarantee = 0, .ceiling = kM, .share = 100}, {}), Passing::kAll);
}

TEST(Shaper, OfAnUplinkEveryoneHasAGuaranteeAndAPartOfTheRest) {
  EXPECT_EQ(class_rates({.guarantee = kM, .ceiling = 4 * kM, .share = 300}, 100 * kM),
            (ClassRates{kM, 4 * kM, 192'000}));
  EXPECT_EQ(class_rates({.guarantee = 0, .ceiling = {}, .share = 1}, 100 * kM),
            (ClassRates{1024, 100 * kM, 640}));
  EXPECT_EQ(passing({}, 100 * kM), Passing::kUplink);
  EXPECT_EQ(passing({.guarantee = 0, .ceiling = kM, .share = 100}, 100 * kM), Passing::kAll);
}

TEST(Shaper, NobodyIsPromisedMoreThanThereIs) {
  EXPECT_EQ(class_rates({.guarantee = 8 * kM, .ceiling = {}, .share = 100}, 4 * kM),
            (ClassRates{4 * kM, 4 * kM, 64'000}));
  EXPECT_EQ(class_rates({.guarantee = 0, .ceiling = 8 * kM, .share = 100}, 4 * kM),
            (ClassRates{1024, 4 * kM, 64'000}));
  EXPECT_EQ(class_rates({.guarantee = 0, .ceiling = 0, .share = 100}, 4 * kM),
            (ClassRates{1024, 1024, 64'000}));
}

TEST(Shaper, TrafficClassesBorrowAllFromTheirContainer) {
  const ClassRates container = class_rates({.guarantee = kM, .ceiling = 4 * kM, .share = 100}, 100 * kM);
  EXPECT_EQ(leaf_rates(container, 0), (ClassRates{1024, 4 * kM, 64'000}));
  EXPECT_EQ(leaf_rates(container, kM), (ClassRates{1024, kM, 64'000}));
  EXPECT_EQ(leaf_rates(container, 8 * kM), (ClassRates{1024, 4 * kM, 64'000}));
  EXPECT_EQ(leaf_rates(container, 1), (ClassRates{1024, 1024, 64'000}));
  Rate rate;
  rate.classes[3] = kM;
  EXPECT_EQ(passing(rate, {}), Passing::kAll);
  EXPECT_EQ(passing(rate, 100 * kM), Passing::kAll);
}

}  // namespace
}  // namespace croft::netns
