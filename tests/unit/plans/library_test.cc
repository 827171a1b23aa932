#include "ctl/plans/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/plans/file.h"
#include "runtime/error.h"

namespace croft::ctl::plans {
namespace {

using cgroups::Resource;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint64_t kG = std::uint64_t{1} << 30;

std::vector<std::string> errors_of(const Texts& texts, const std::string& name) {
  std::vector<std::string> errors;
  try {
    (void)resolve(texts, name);
  } catch (const runtime::Error& error) {
    for (const auto& field : error.fields()) errors.push_back(field.path + ": " + field.message);
    if (errors.empty()) errors.emplace_back(error.what());
  }
  return errors;
}

TEST(PlanFile, HasLinesCommentsAndQuotes) {
  EXPECT_THAT(
      parse_lines("small", "# a plan\n\n  memory.limit = \"2G\" \r\ninclude=base\nthreshold+=a=b\n#x=y"),
      ElementsAre(Line{3, "memory.limit", "2G"}, Line{4, "include", "base"}, Line{5, "threshold+", "a=b"}));
  EXPECT_TRUE(parse_lines("empty", "").empty());
}

TEST(PlanFile, EveryWrongLineIsTold) {
  EXPECT_THAT(errors_of({{"x", "memory.limit\ncpu.limit=1\n=5\n\x01=2\n"}}, "x"),
              ElementsAre("x.plan:1: `memory.limit` is neither KEY=VALUE nor include=NAME",
                          "x.plan:3: `=5` is neither KEY=VALUE nor include=NAME",
                          "x.plan:4: contains control characters or is not UTF-8"));
  EXPECT_THAT(errors_of({{"x", std::string(kMaxFileBytes + 1, '#')}}, "x"),
              ElementsAre("x.plan: is larger than 65536 bytes"));
}

TEST(Plan, SaysOnlyWhatItSays) {
  const Plan plan = resolve({{"small", "memory=512M:1G:2G\nmemory.burst=1h\ncpu.share=200\n"}}, "small");
  EXPECT_EQ(plan.name, "small");
  EXPECT_EQ(plan.values,
            (Json{{"memory", {{"guarantee", kG / 2}, {"barrier", kG}, {"limit", 2 * kG}, {"burst", "1h"}}},
                  {"cpu", {{"share", 200}}}}));
  EXPECT_EQ(resources_of(plan.values)[Resource::kTasks].limit, 4096U);
  EXPECT_EQ(resolve({{"again", to_text(plan.values)}}, "again").values, plan.values);
}

TEST(Plan, LaterLinesWinAndIncludesStandAtTheirPlace) {
  const Texts texts{
      {"base", "cpu.limit=1\nmemory.limit=1G\nthreshold=tasks:5:log\n"},
      {"fast", "include=base\ncpu.limit=4\n"},
      {"big", "cpu.share=5\ninclude=base\ninclude=fast\nmemory.limit=8G\nthreshold+=tasks:9:log\n"},
      {"late", "cpu.limit=9\ninclude=base\n"},
      {"less", "include=base\ncpu.limit=\n"}};
  const Plan big = resolve(texts, "big");
  EXPECT_THAT(big.includes, ElementsAre("base", "fast"));
  EXPECT_EQ(big.values, (Json{{"cpu", {{"share", 5}, {"limit", 4000}}},
                              {"memory", {{"limit", 8 * kG}}},
                              {"threshold", {"tasks:5:log", "tasks:9:log"}}}));
  EXPECT_EQ(resolve(texts, "late").values["cpu"]["limit"], 1000);
  EXPECT_FALSE(resolve(texts, "less").values.contains("cpu"));
}

TEST(Plan, ThatIncludesItselfNamesTheChain) {
  EXPECT_THAT(errors_of({{"a", "include=a\n"}}, "a"),
              ElementsAre("a.plan:1: the plan includes itself: a -> a"));
  EXPECT_THAT(
      errors_of({{"a", "#\ninclude=b\n"}, {"b", "include=c"}, {"c", "cpu.limit=1\ninclude=a\n"}}, "a"),
      ElementsAre("c.plan:2: the plan includes itself: a -> b -> c -> a"));
  // One that only comes upon a circle is told as well.
  EXPECT_THAT(errors_of({{"top", "include=a"}, {"a", "include=b"}, {"b", "include=a"}}, "top"),
              ElementsAre("b.plan:1: the plan includes itself: top -> a -> b -> a"));
}

TEST(Plan, IncludesAreBounded) {
  Texts chain;
  for (std::size_t i = 0; i <= kMaxIncludeDepth; ++i)
    chain["p" + std::to_string(i)] = "include=p" + std::to_string(i + 1);
  chain["p" + std::to_string(kMaxIncludeDepth + 1)] = "cpu.share=5";
  EXPECT_THAT(errors_of(chain, "p0"),
              ElementsAre(HasSubstr("plans include each other deeper than 16: p0 -> p1")));
  EXPECT_TRUE(errors_of(chain, "p2").empty());
  Texts doubled;
  for (int i = 0; i < 15; ++i) {
    const std::string next = "include=p" + std::to_string(i + 1) + "\n";
    doubled["p" + std::to_string(i)] = next + next;
  }
  doubled["p15"] = "cpu.share=5\n";
  EXPECT_THAT(errors_of(doubled, "p0"), testing::Contains(HasSubstr("comes to more than 10000 lines")));
}

TEST(Plan, WrongValuesAndRulesNameTheirPlace) {
  EXPECT_THAT(errors_of({{"x", "memory.limt=1G\nhostname=web\nlabel.a=b\ncpu.limit=much\ninclude=bse\n"},
                         {"base", ""}},
                        "x"),
              ElementsAre("x.plan:1: memory.limt: unknown key; did you mean `memory.limit`?",
                          "x.plan:2: hostname: is no setting of resource control, which plans consist of",
                          "x.plan:3: label.a: is no setting of resource control, which plans consist of",
                          HasSubstr("x.plan:4: cpu.limit: `much` is not a number"),
                          "x.plan:5: there is no plan `bse` to include; did you mean `base`?"));
  EXPECT_THAT(errors_of({{"x", "include=y\n"}, {"y", "cpu.share=0\n"}}, "x"),
              ElementsAre("y.plan:1: cpu.share: is out of range: 1..10000"));
  EXPECT_THAT(errors_of({{"x", "memory=2G:1G:4G\n"}}, "x"),
              ElementsAre(HasSubstr("x.plan: memory.guarantee: is 2G, more than memory.barrier (1G)"),
                          HasSubstr("x.plan: memory.barrier: is 1G, below memory.limit (4G)")));
  EXPECT_THAT(errors_of({{"small", ""}}, "smal"),
              ElementsAre(HasSubstr("there is no plan `smal`; did you mean `small`?")));
}

}  // namespace
}  // namespace croft::ctl::plans
