// What was sent and received, as sums that go on over runs, ends and crashes.
#include "ctl/lifecycle/traffic_account.h"

#include <gmock/gmock.h>

#include <limits>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using netns::LinkTraffic;

LinkTraffic run(std::uint64_t number, std::uint64_t packets, unsigned of_class = 1) {
  LinkTraffic link{7, "u", number, {}};
  link.traffic.at(of_class) = {{packets, 100 * packets}, {2 * packets, 300 * packets}};
  return link;
}

void expect(const TrafficAccount& account, std::uint64_t packets) {
  EXPECT_EQ(account.total[1].in.packets, packets);
  EXPECT_EQ(account.total[1].in.bytes, 100 * packets);
  EXPECT_EQ(account.total[1].out.packets, 2 * packets);
  EXPECT_EQ(account.total[1].out.bytes, 300 * packets);
}

TEST(TrafficAccount, AddsWhatIsNew) {
  TrafficAccount account;
  absorb(account, {run(5, 10)});
  expect(account, 10);
  absorb(account, {run(5, 10)});
  expect(account, 10);
  absorb(account, {run(5, 14)});
  expect(account, 14);
}

TEST(TrafficAccount, RunsFollowEachOther) {
  TrafficAccount account;
  absorb(account, {run(5, 10)});
  absorb(account, {run(5, 12), run(6, 3)});
  expect(account, 15);
  absorb(account, {run(6, 3)});
  expect(account, 15);
  EXPECT_EQ(account.seen.size(), 1U);
  absorb(account, {});
  expect(account, 15);
  EXPECT_TRUE(account.seen.empty());
}

TEST(TrafficAccount, ACrashBetweenAnyTwoStepsAddsNothingTwice) {
  TrafficAccount kept;
  absorb(kept, {run(5, 10)});
  TrafficAccount lost = kept;
  absorb(lost, {run(5, 20)});  // never written
  absorb(kept, {run(5, 20)});
  expect(kept, 20);
  kept = parse_account(to_text(kept));
  absorb(kept, {run(5, 20)});
  expect(kept, 20);
}

TEST(TrafficAccount, TextIsReadBack) {
  TrafficAccount account;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  account.total[15] = {{kMost, kMost - 1}, {1, 2}};
  account.seen[kMost] = account.total;
  const TrafficAccount read = parse_account(to_text(account));
  EXPECT_EQ(to_text(read), to_text(account));
  EXPECT_EQ(read.total[15].in.packets, kMost);
  EXPECT_EQ(read.seen.at(kMost)[15].out.bytes, 2U);
  for (const char* wrong :
       {"", "{}", "[]", R"({"total":[{"class":16}],"seen":{}})",
        R"({"total":[{"class":16,"in":{"packets":1,"bytes":1},"out":{"packets":1,"bytes":1}}],"seen":{}})",
        R"({"total":[],"seen":{"x":[]}})"})
    EXPECT_THROW(parse_account(wrong), runtime::Error) << wrong;
}

TEST(TrafficAccount, ShowsClassesThatCountedAndThoseThatAreAskedFor) {
  netns::Traffic traffic{};
  traffic[3].out = {1, 60};
  EXPECT_EQ(traffic_json(traffic).dump(),
            R"([{"class":3,"in":{"bytes":0,"packets":0},"out":{"bytes":60,"packets":1}}])");
  EXPECT_EQ(traffic_json(traffic, {0, 3}).size(), 2U);
  EXPECT_EQ(traffic_json({}), Json::array());
}

}  // namespace
}  // namespace croft::ctl
