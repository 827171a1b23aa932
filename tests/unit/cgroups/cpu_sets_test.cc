#include "cgroups/cpu_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroups/wide.h"
#include "tests/unit/cgroups/tenants.h"

namespace croft::cgroups {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Member on(const std::string& name, const std::string& cpus, std::uint64_t guarantee) {
  Member one = member(name, "", true, Resource::kCpu, guarantee);
  one.resources.cpus = cpus;
  return one;
}

TEST(CpuSets, ListsAreReadAndWritten) {
  for (const std::string list : {"0", "0-3", "0-3,8", "1,3,5-7", "8190-8191"})
    EXPECT_EQ(to_text(cpu_set_of(list).value()), list);
  EXPECT_EQ(to_text(cpu_set_of("3,1-2").value()), "1-3");
  for (const std::string list : {"", "x", "3-1", "8192", "1-", "-1", "1 2", "0x1"})
    EXPECT_EQ(cpu_set_of(list), std::nullopt) << list;
}

TEST(CpuSets, WhoMayRunNowhereElseMustFit) {
  const Capacities plenty{{{64000, 0}}};
  Members members{{"a", on("a", "0-1", 1500)}, {"b", on("b", "0", 400)}, {"c", on("c", "", 9000)}};
  EXPECT_THAT(shortages(members, plenty), IsEmpty());
  members["b"].resources[Resource::kCpu].guarantee = 600;
  const std::vector<Sum> sums = shortages(members, plenty);
  ASSERT_THAT(sums, SizeIs(1));
  EXPECT_EQ(to_text(sums[0]),
            "more cpu is promised than there is on CPUs 0-1: 1.5 a + 0.6 b = 2.1 of 2 cores");
  Members lower = members;
  lower["b"].resources[Resource::kCpu].guarantee = 550;
  EXPECT_THAT(refusals(members, lower, plenty), IsEmpty());
  EXPECT_THAT(refusals(lower, members, plenty), SizeIs(1));
}

TEST(CpuSets, UnionsOfOverlappingSetsCount) {
  const Members members{{"a", on("a", "0-1", 1200)},
                        {"b", on("b", "1-2", 1200)},
                        {"c", on("c", "0,2", 1200)},
                        {"d", on("d", "5", 1000)}};
  const std::vector<Sum> sums = cpu_set_shortages(members);
  ASSERT_THAT(sums, SizeIs(1));
  EXPECT_EQ(sums[0].cpus, "0-2");
  EXPECT_THAT(sums[0].terms, SizeIs(3));
}

// Every set of CPUs, on a host that has five.
TEST(CpuSets, FindsWhatLookingAtEverySetFinds) {
  std::size_t fitting = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Chance chance(seed);
    Members members;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> all;
    for (std::uint64_t i = 1 + chance.below(6); i > 0; --i) {
      all.emplace_back(1 + chance.below(31), 1 + chance.below(1200));
      members[std::to_string(i)] =
          on(std::to_string(i), to_text(CpuSet(all.back().first)), all.back().second);
    }
    bool fits = true;
    for (std::uint64_t set = 1; set < 32; ++set) {
      std::uint64_t sum = 0;
      for (const auto& [cpus, guarantee] : all) sum += (cpus & ~set) == 0 ? guarantee : 0;
      fits = fits && sum <= CpuSet(set).count() * 1000;
    }
    ASSERT_EQ(cpu_set_shortages(members).empty(), fits) << seed;
    fitting += fits ? 1 : 0;
  }
  EXPECT_GT(fitting, 50U);
  EXPECT_LT(fitting, 450U);
}

}  // namespace
}  // namespace croft::cgroups
