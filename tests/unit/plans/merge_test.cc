#include "ctl/plans/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/plans/library.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/spec.h"

namespace croft::ctl::plans {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Assignments = std::map<std::string, std::string>;

Json spec_with(const Assignments& assignments) {
  return to_json(parse_spec(apply_assignments({{"template", "t"}}, assignments)));
}
Json values(const std::string& text) {
  return resolve({{"p", text}}, "p").values;
}

TEST(Merge, TheFirstPlanIsTakenWhole) {
  const Merge first = merge(std::nullopt, values("memory.limit=2G\ncpu.share=5\nhugetlb.2M=64M\n"),
                            spec_with({{"memory.limit", "512M"}, {"io.limit", "1M"}, {"hostname", "a"}}));
  EXPECT_THAT(first.own, IsEmpty());
  EXPECT_EQ(first.spec, spec_with({{"memory.limit", "2G"},
                                   {"cpu.share", "5"},
                                   {"hugetlb.2M", "64M"},
                                   {"io.limit", "1M"},
                                   {"hostname", "a"}}));
}

TEST(Merge, WhatWasNotTouchedFollowsAndTheRestStays) {
  const Json applied = values("memory.limit=2G\ncpu.limit=1\ntasks.limit=100\n");
  const Json now = values("memory.limit=4G\ncpu.limit=2\ntasks.limit=100\n");
  const Merge merged =
      merge(applied, now, spec_with({{"memory.limit", "2G"}, {"cpu.limit", "3"}, {"tasks.limit", "7"}}));
  EXPECT_EQ(merged.spec, spec_with({{"memory.limit", "4G"}, {"cpu.limit", "3"}, {"tasks.limit", "7"}}));
  EXPECT_THAT(merged.own, ElementsAre(Own{"cpu.limit", 3000, 2000}, Own{"tasks.limit", 7, 100}));
  EXPECT_EQ(merge(applied, now, merged.spec, true).spec,
            spec_with({{"memory.limit", "4G"}, {"cpu.limit", "2"}, {"tasks.limit", "100"}}));
}

TEST(Merge, WhatThePlanDoesNotSayAnyMoreHasItsDefault) {
  const Json applied = values("memory.limit=2G\nthreshold=tasks:5:log\nhugetlb.2M=64M\ncpu.affinity=0-1\n");
  const Json had = spec_with(
      {{"memory.limit", "2G"}, {"threshold", "tasks:5:log"}, {"hugetlb.2M", "64M"}, {"cpu.affinity", "0"}});
  const Merge merged = merge(applied, Json::object(), had);
  EXPECT_EQ(to_json(parse_spec(merged.spec)), spec_with({{"cpu.affinity", "0"}}));
  EXPECT_THAT(merged.own, ElementsAre(Own{"cpu.affinity", "0", nullptr}));
}

TEST(Merge, WhatThePlanBeginsToSayIsFollowedFromTheDefault) {
  const Json applied = values("memory.limit=2G\n");
  const Json now = values("memory.limit=2G\nio.limit=10M\ncpu.share=50\n");
  const Merge merged = merge(applied, now, spec_with({{"memory.limit", "2G"}, {"cpu.share", "7"}}));
  EXPECT_EQ(merged.spec, spec_with({{"memory.limit", "2G"}, {"io.limit", "10M"}, {"cpu.share", "7"}}));
  EXPECT_THAT(merged.own, ElementsAre(Own{"cpu.share", 7, 50}));
}

TEST(Merge, AChangeThatAgreesWithThePlanIsNoDifference) {
  const Json applied = values("memory.limit=2G\n");
  const Json now = values("memory.limit=4G\n");
  const Merge merged = merge(applied, now, spec_with({{"memory.limit", "4G"}}));
  EXPECT_THAT(merged.own, IsEmpty());
  EXPECT_EQ(merged.spec, spec_with({{"memory.limit", "4G"}}));
}

TEST(Merge, TheSameTwiceIsTheSameOnce) {
  const Json applied = values("memory.limit=2G\ncpu.limit=1\n");
  const Json now = values("memory.limit=4G\niops.limit=5\n");
  const Json spec =
      to_json(parse_spec(merge(applied, now, spec_with({{"memory.limit", "2G"}, {"cpu.limit", "3"}})).spec));
  EXPECT_EQ(to_json(parse_spec(merge(now, now, spec).spec)), spec);
}

TEST(Merge, OwnKeysAreThoseThatDiffer) {
  EXPECT_THAT(own_keys(values("memory.limit=2G\ncpu.limit=1\n"), spec_with({{"memory.limit", "2G"}})),
              ElementsAre(Own{"cpu.limit", "unlimited", 1000}));
}

}  // namespace
}  // namespace croft::ctl::plans
