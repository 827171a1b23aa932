// What follows an attempt, and when.
#include "ctl/webhook/retry.h"

#include <gtest/gtest.h>

namespace croft::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Verdict verdict(int status) {
  Sent sent;
  sent.status = status;
  return verdict_of(sent);
}

TEST(Verdicts, AreByStatus) {
  for (const int good : {200, 201, 202, 204, 299}) EXPECT_EQ(verdict(good), Verdict::kDelivered) << good;
  for (const int bad : {0, 100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 411, 429, 500, 503, 999})
    EXPECT_EQ(verdict(bad), Verdict::kAgain) << bad;
  EXPECT_EQ(verdict(410), Verdict::kGone);
}

TEST(Pauses, DoubleUpToTheLongest) {
  EXPECT_EQ(pause_after(1, 0, {}), kFirstPause);
  milliseconds before{0};
  for (unsigned failures = 1; failures <= 11; ++failures) {
    const milliseconds pause = pause_after(failures, 0, {});
    EXPECT_EQ(pause, failures == 11 ? kLongestPause : kFirstPause * (1 << (failures - 1)));
    EXPECT_GT(pause, before);
    before = pause;
  }
  for (const unsigned many : {12U, 17U, 32U, 33U, 1000U, ~0U})
    EXPECT_EQ(pause_after(many, 0, {}), kLongestPause);
  EXPECT_EQ(pause_after(0, 0, {}), kFirstPause);
}

TEST(Pauses, AreShortenedByChanceToAHalf) {
  for (unsigned failures = 1; failures < 20; ++failures) {
    const milliseconds full = pause_after(failures, 0, {});
    EXPECT_EQ(pause_after(failures, 1, {}), full / 2);
    EXPECT_EQ(pause_after(failures, 0.5, {}), full * 3 / 4);
    EXPECT_EQ(pause_after(failures, 7, {}), full / 2);
    EXPECT_EQ(pause_after(failures, -7, {}), full);
  }
}

TEST(Pauses, AreNoShorterThanAskedButBounded) {
  EXPECT_EQ(pause_after(1, 0, seconds{60}), seconds{60});
  EXPECT_EQ(pause_after(1, 0, seconds{1}), kFirstPause);
  EXPECT_EQ(pause_after(1, 0, seconds{-5}), kFirstPause);
  EXPECT_EQ(pause_after(1, 0, seconds{1'000'000}), kLongestPause);
  EXPECT_EQ(pause_after(20, 1, seconds{60}), kLongestPause / 2);
}

TEST(GivingUp, TakesThreeDaysOfFailures) {
  constexpr std::int64_t kDay = 86400;
  constexpr std::int64_t kNow = 100 * kDay;
  EXPECT_EQ(given_up_before(0, kNow), std::nullopt);
  EXPECT_EQ(given_up_before(kNow, kNow), std::nullopt);
  EXPECT_EQ(given_up_before(kNow - 3 * kDay + 1, kNow), std::nullopt);
  EXPECT_EQ(given_up_before(kNow - 3 * kDay, kNow), kNow - 3 * kDay);
  EXPECT_EQ(given_up_before(kNow - 50 * kDay, kNow), kNow - 3 * kDay);
  EXPECT_EQ(given_up_before(kNow + kDay, kNow), std::nullopt);  // a clock that was set back
}

}  // namespace
}  // namespace croft::ctl
