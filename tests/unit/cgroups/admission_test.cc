#include "cgroups/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroups/amount.h"
#include "tests/unit/cgroups/tenants.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kM = std::uint64_t{1} << 20;
constexpr std::uint64_t kG = std::uint64_t{1} << 30;
constexpr Resource kMemory = Resource::kMemory;

Capacities capacities(Resource resource, std::optional<std::uint64_t> total, std::uint64_t reserve) {
  Capacities all;
  all[static_cast<std::size_t>(resource)] = {total, reserve};
  return all;
}

Members example() {
  return {{"default", member("default", "", false, kMemory, 0)},
          {"acme", member("acme", "", false, kMemory, kG)},
          {"u1", member("default/db", "default", true, kMemory, 2 * kG)},
          {"u2", member("acme/a", "acme", true, kMemory, 200 * kM)},
          {"u3", member("acme/b", "acme", true, kMemory, 400 * kM)}};
}

TEST(Amount, IsReadable) {
  EXPECT_EQ(shown(Unit::kBytes, 0), "0");
  EXPECT_EQ(shown(Unit::kBytes, 1023), "1023");
  EXPECT_EQ(shown(Unit::kBytes, 3 * kG + kG / 2), "3.5G");
  EXPECT_EQ(shown(Unit::kBytes, 1536), "1.5K");
  EXPECT_EQ(shown(Unit::kBytes, kG + 1), "1G");
  EXPECT_EQ(shown(Unit::kBytes, kG + 7 * kM), "1.01G");
  EXPECT_EQ(shown(Unit::kBytes, std::uint64_t{1} << 63), "8388608T");
  EXPECT_EQ(shown(Unit::kBytesPerSecond, 100 * kM), "100M/s");
  EXPECT_EQ(shown(Unit::kPerSecond, 1500), "1500/s");
  EXPECT_EQ(shown(Unit::kMilliCpu, 250), "0.25");
  EXPECT_EQ(shown(Unit::kMilliCpu, 2000), "2");
  EXPECT_EQ(shown(Unit::kMilliCpu, 1005), "1.005");
  EXPECT_EQ(shown(Unit::kItems, 4096), "4096");
  EXPECT_EQ(shown_exactly(Unit::kBytes, kG + 1), "1073741825");
  EXPECT_EQ(shown_exactly(Unit::kMilliCpu, kMost), "18446744073709551.615");
}

TEST(Admission, ATenantCountsTheLargerOfItsOwnAndItsChildren) {
  Members members = example();
  EXPECT_EQ(counted(members, "acme", kMemory), kG);
  EXPECT_EQ(counted(members, "default", kMemory), 2 * kG);
  EXPECT_EQ(counted(members, "u3", kMemory), 400 * kM);
  EXPECT_EQ(counted(members, "nobody", kMemory), 0U);
  members["u2"].resources[kMemory].guarantee = kG;
  EXPECT_EQ(counted(members, "acme", kMemory), kG + 400 * kM);
}

TEST(Admission, ARefusalListsEveryTerm) {
  const Members members = example();
  const std::vector<Sum> sums = shortages(members, capacities(kMemory, 3 * kG, kG / 2));
  ASSERT_THAT(sums, SizeIs(1));
  EXPECT_THAT(sums[0].terms, ElementsAre(Term{"default/db", 2 * kG, 0}, Term{"acme", kG, 600 * kM}));
  EXPECT_EQ(to_text(sums[0]),
            "more memory is promised than there is: 2G default/db + 1G acme (600M of it given out) + "
            "512M host reserve = 3.5G of 3G");
  EXPECT_THAT(shortages(members, capacities(kMemory, 3 * kG + kG / 2, kG / 2)), IsEmpty());
  EXPECT_EQ(to_text(host_sum(members, capacities(kMemory, 4 * kG, 0), kMemory)),
            "memory: 2G default/db + 1G acme (600M of it given out) = 3G of 4G");
}

TEST(Admission, ATenantsLimitBoundsWhatItGivesOut) {
  Members members = example();
  members["acme"].resources[kMemory].limit = 500 * kM;
  const std::vector<Sum> sums = shortages(members, capacities(kMemory, 8 * kG, 0));
  ASSERT_THAT(sums, SizeIs(1));
  EXPECT_EQ(to_text(sums[0]),
            "more memory is promised than acme may use: 400M acme/b + 200M acme/a = 600M of 500M");
}

TEST(Admission, WhatNobodyStatedCannotBePromised) {
  const Members members{{"u", member("default/db", "", true, Resource::kIo, 10 * kM)}};
  const std::vector<Sum> sums = shortages(members, {});
  ASSERT_THAT(sums, SizeIs(1));
  EXPECT_EQ(to_text(sums[0]),
            "io cannot be promised before it is stated how much of it there is: 10M/s default/db = 10M/s");
  EXPECT_THAT(shortages({{"u", member("u", "", true, kMemory, 0)}}, {}), IsEmpty());
}

TEST(Admission, AReserveAloneIsNoShortage) {
  EXPECT_THAT(shortages({}, capacities(kMemory, kG, 2 * kG)), IsEmpty());
}

TEST(Admission, SmallDifferencesAreNotRoundedAway) {
  const Members members{{"u", member("default/db", "", true, kMemory, 3 * kG + 1)}};
  const Sum sum = host_sum(members, capacities(kMemory, 3 * kG, 0), kMemory);
  EXPECT_EQ(to_text(sum),
            "more memory is promised than there is: 3G default/db = 3221225473 of 3221225472 bytes");
}

TEST(Admission, ManyTermsEndInOne) {
  Members members;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    const std::string name = "c" + std::to_string(i);
    members[name] = member(name, "", true, Resource::kCpu, i * 100);
  }
  const Sum sum = host_sum(members, capacities(Resource::kCpu, 4000, 500), Resource::kCpu);
  EXPECT_THAT(sum.terms, SizeIs(10));
  EXPECT_EQ(
      to_text(sum),
      "more cpu is promised than there is: 1 c10 + 0.9 c9 + 0.8 c8 + 0.7 c7 + 0.6 c6 + 0.5 c5 + 0.4 c4 + "
      "0.3 c3 + 0.3 of 2 more + 0.5 host reserve = 6 of 4 cores");
}

TEST(Admission, LoweringIsAllowedOnAHostThatPromisedTooMuch) {
  const Members before = example();
  Members after = before;
  const Capacities small = capacities(kMemory, kG, 0);
  EXPECT_THAT(refusals(before, after, small), IsEmpty());
  after["u1"].resources[kMemory].guarantee -= kM;
  EXPECT_THAT(refusals(before, after, small), IsEmpty());
  after["u1"].resources[kMemory].guarantee += 2 * kM;
  EXPECT_THAT(refusals(before, after, small), SizeIs(1));
  after = before;
  after["acme"].resources[kMemory].limit = 100 * kM;
  EXPECT_THAT(refusals(before, after, capacities(kMemory, 8 * kG, 0)), SizeIs(1));
}

TEST(Admission, SumsSaturateAndCirclesEnd) {
  Members members{{"a", member("a", "", true, kMemory, kMost)}, {"b", member("b", "", true, kMemory, kMost)}};
  EXPECT_EQ(host_sum(members, {}, kMemory).total, kMost);
  EXPECT_THAT(shortages(members, capacities(kMemory, std::uint64_t{1} << 63, kMost)), SizeIs(1));
  members["x"] = member("x", "y", false, kMemory, 5);
  members["y"] = member("y", "x", false, kMemory, 5);
  EXPECT_EQ(counted(members, "x", kMemory), 0U);
}

TEST(Admission, CommitmentsSumWhatRuns) {
  Members members = example();
  members["u1"].resources[kMemory].barrier = 3 * kG;
  members["u1"].resources[kMemory].limit = 4 * kG;
  members["u2"].resources[kMemory].limit = kG;
  members["acme"].resources[kMemory].limit = 16 * kG;
  const auto all = commitments(members, capacities(kMemory, 8 * kG, kG));
  const Commitment& memory = all[static_cast<std::size_t>(kMemory)];
  EXPECT_EQ(memory.capacity.total, 8 * kG);
  EXPECT_EQ(memory.guaranteed, 3 * kG);
  EXPECT_EQ(memory.promised, 19 * kG) << "3G of u1, and acme's limit for a container without one";
  EXPECT_EQ(memory.worst, 20 * kG);
  EXPECT_EQ(memory.unlimited, 0U);
  EXPECT_EQ(all[0].unlimited, 3U);
}

TEST(Admission, ATenantBoundsWhatItsContainersMayComeTo) {
  Members members{
      {"acme", member("acme", "", false, kMemory, 0)},    {"dev", member("dev", "acme", false, kMemory, 0)},
      {"u1", member("acme/a", "acme", true, kMemory, 0)}, {"u2", member("dev/b", "dev", true, kMemory, 0)},
      {"u3", member("dev/c", "dev", true, kMemory, 0)},   {"u4", member("d", "", true, kMemory, 0)}};
  for (const char* one : {"u1", "u2", "u3", "u4"}) members[one].resources[kMemory].limit = 2 * kG;
  members["u2"].resources[kMemory].barrier = kG;
  const auto memory = [&] { return commitments(members, {})[static_cast<std::size_t>(kMemory)]; };
  EXPECT_EQ(memory().worst, 8 * kG);
  members["dev"].resources[kMemory].limit = 3 * kG;
  EXPECT_EQ(memory().worst, 7 * kG);
  EXPECT_EQ(memory().promised, 7 * kG) << "a barrier of 1G and one of 2G are within dev's 3G";
  members["acme"].resources[kMemory].limit = 4 * kG;
  EXPECT_EQ(memory().worst, 6 * kG);
  EXPECT_EQ(memory().promised, 6 * kG);
  members["dev"].resources[kMemory].limit = 9 * kG;
  EXPECT_EQ(memory().worst, 6 * kG) << "acme's counts all the same";
  members["acme"].resources[kMemory].limit = 16 * kG;
  EXPECT_EQ(memory().worst, 8 * kG) << "a limit that nobody comes to adds nothing";
  members["u3"].resources[kMemory].limit.reset();
  EXPECT_EQ(memory().worst, 13 * kG) << "9G of dev, 2G each of u1 and u4";
  EXPECT_EQ(memory().unlimited, 0U);
  members["dev"].resources[kMemory].limit.reset();
  EXPECT_EQ(memory().worst, 18 * kG);
  members["acme"].resources[kMemory].limit.reset();
  EXPECT_EQ(memory().worst, 6 * kG);
  EXPECT_EQ(memory().unlimited, 1U);
}

// What `key` may come to, from the words of the rule alone; empty: anything.
std::optional<std::uint64_t> worst_by_rule(const Members& members, const std::string& key) {
  const Member& one = members.at(key);
  const std::optional<std::uint64_t> limit = one.resources[kMemory].limit;
  if (one.container) return limit;
  std::optional<std::uint64_t> sum = 0;
  for (const auto& [below, child] : members)
    if (child.parent == key) {
      const auto worst = worst_by_rule(members, below);
      sum = sum && worst ? std::optional(plus(*sum, *worst)) : std::nullopt;
    }
  if (!sum) return limit;
  return limit ? std::min(*sum, *limit) : sum;
}

TEST(Admission, TheWorstCaseIsWhatLimitsOfAllLevelsAllow) {
  std::size_t bounded = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE(seed);
    Chance chance(seed);
    Members members = any_members(chance, kMemory, 500);
    std::uint64_t own = 0, by_rule = 0;
    bool all_bounded = true;
    for (auto& [key, one] : members) {
      if (!one.container) continue;
      if (!chance.one_in(20)) one.resources[kMemory].limit = chance.below(2000);
      own += one.resources[kMemory].limit.value_or(0);
    }
    for (const auto& [key, one] : members) {
      if (!one.parent.empty()) continue;
      const auto worst = worst_by_rule(members, key);
      all_bounded = all_bounded && worst;
      by_rule += worst.value_or(0);
    }
    const Commitment memory = commitments(members, {})[static_cast<std::size_t>(kMemory)];
    ASSERT_EQ(memory.unlimited == 0, all_bounded);
    if (!all_bounded) continue;
    ASSERT_EQ(memory.worst, by_rule);
    ASSERT_LE(memory.promised, memory.worst);
    bounded += memory.worst < own ? 1 : 0;
  }
  EXPECT_GT(bounded, 100U);
}

void expect_complete(const Members& members, const Sum& sum) {
  std::uint64_t total = 0;
  for (const Term& term : sum.terms) {
    total = plus(total, term.value);
    ASSERT_GT(term.value, 0U);
    ASSERT_LT(term.given, term.value);
  }
  ASSERT_EQ(total, sum.total);
  ASSERT_TRUE(std::is_sorted(sum.terms.begin(), sum.terms.end(),
                             [](const Term& a, const Term& b) { return a.value > b.value; }));
  // Every container that was promised something is a term, or below one.
  for (const auto& [key, one] : members) {
    if (!one.container || one.resources[sum.resource].guarantee == 0) continue;
    bool told = false;
    for (std::string at = key; !at.empty() && !told; at = members.at(at).parent)
      told =
          std::any_of(sum.terms.begin(), sum.terms.end(), [&](const Term& term) { return term.name == at; });
    ASSERT_TRUE(told) << key;
  }
}

TEST(Admission, WhatFitsKeepsEveryGuarantee) {
  std::size_t fitting = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE(seed);
    Chance chance(seed);
    const Members members = any_members(chance, Resource::kCpu, 500);
    const Capacity host{chance.below(16000), chance.below(2000)};
    const Capacities all = capacities(Resource::kCpu, host.total, host.reserve);
    const std::map<std::string, std::uint64_t> counts = counted(members, Resource::kCpu);
    std::uint64_t promised = 0;
    bool tenants = true;
    for (const auto& [key, one] : members) {
      ASSERT_EQ(counts.at(key), counted_by_rule(members, key, Resource::kCpu));
      if (one.parent.empty()) promised += counts.at(key);
      std::uint64_t given = 0;
      for (const auto& [below, child] : members)
        if (child.parent == key) given += counts.at(below);
      tenants = tenants && given <= one.resources[Resource::kCpu].limit.value_or(kMost);
    }
    const bool fits = promised == 0 || promised + host.reserve <= *host.total;
    ASSERT_EQ(shortages(members, all).empty(), fits && tenants);
    ASSERT_NO_FATAL_FAILURE(expect_complete(members, host_sum(members, all, Resource::kCpu)));
    fitting += fits && tenants ? 1 : 0;
  }
  EXPECT_GT(fitting, 100U);
  EXPECT_LT(fitting, 900U);
}

}  // namespace
}  // namespace croft::cgroups
