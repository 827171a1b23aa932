// Resource control in a specification: amounts, bursts, thresholds, places, shorthand and rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "ctl/spec/amounts.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/number_list.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Action;
using cgroups::Resource;
using cgroups::Resources;
using testing::ElementsAre;
using testing::HasSubstr;

using Assignments = std::map<std::string, std::string>;

constexpr std::uint64_t kM = std::uint64_t{1} << 20;

Json typed(const Assignments& assignments) {
  return apply_assignments({{"template", "t"}}, assignments);
}

Resources resources_of(const Assignments& assignments) {
  return parse_spec(typed(assignments)).resources;
}

// "path: message" of every error, assignments and rules alike.
std::vector<std::string> errors_of(const Assignments& assignments) {
  std::vector<std::string> errors;
  try {
    (void)resources_of(assignments);
  } catch (const runtime::Error& error) {
    for (const auto& field : error.fields()) errors.push_back(field.path + ": " + field.message);
  }
  return errors;
}

TEST(ResourceKeys, BecomeIntent) {
  const Resources all = resources_of({{"cpu.guarantee", "0.5"},
                                      {"cpu.barrier", "1"},
                                      {"cpu.limit", "2"},
                                      {"cpu.burst", "60s/1h"},
                                      {"cpu.share", "200"},
                                      {"memory.burst", "30min"},
                                      {"memory.barrier", "512M"},
                                      {"memory.oom", "kill-container"},
                                      {"io", "1M:2M:4M"},
                                      {"io.burst", "1G/1d"},
                                      {"cpu.affinity", "numa:auto"},
                                      {"hugetlb.2M", "64M"},
                                      {"threshold", "memory:900M:exec=page-me,tasks:10:signal=RTMIN+3"}});
  const cgroups::Words& cpu = all[Resource::kCpu];
  EXPECT_EQ(cpu.guarantee, 500U);
  EXPECT_EQ(cpu.barrier, 1000U);
  EXPECT_EQ(cpu.limit, 2000U);
  EXPECT_EQ(cpu.burst, (cgroups::Burst{60'000'000, 3'600'000'000}));
  EXPECT_EQ(cpu.share, 200U);
  EXPECT_EQ(all[Resource::kMemory].burst, (cgroups::Burst{1'800'000'000, std::nullopt}));
  EXPECT_EQ(all[Resource::kIo].guarantee, kM);
  EXPECT_EQ(all[Resource::kIo].burst, (cgroups::Burst{1024 * kM, std::uint64_t{86'400'000'000}}));
  EXPECT_EQ(all.oom, cgroups::OomPolicy::kKillContainer);
  EXPECT_TRUE(all.numa_auto);
  EXPECT_EQ(all.cpus, "");
  EXPECT_EQ(all.hugetlb, (std::map<std::string, std::uint64_t>{{"2MB", 64 * kM}}));
  EXPECT_THAT(all.thresholds,
              ElementsAre(cgroups::Threshold{Resource::kMemory, 900 * kM, Action::kExec, "page-me", 0},
                          cgroups::Threshold{Resource::kTasks, 10, Action::kSignal, "", 37}));
}

TEST(ResourceKeys, BurstsAreRefusedWithTheirReason) {
  EXPECT_THAT(errors_of({{"cpu.burst", "60m"}}), ElementsAre(HasSubstr("cpu.burst: `60m` is ambiguous")));
  EXPECT_THAT(errors_of({{"cpu.burst", "0s"}}),
              ElementsAre("cpu.burst: `0s` must have an amount above 0, and at most 366d"));
  EXPECT_THAT(errors_of({{"memory.burst", "1min/0s"}}),
              ElementsAre("memory.burst: `1min/0s` must have a period of 1s..366d"));
  EXPECT_THAT(errors_of({{"io.burst", "60s/1h"}}), ElementsAre(HasSubstr("sizes end in K, M, G or T")));
  EXPECT_THAT(errors_of({{"iops.burst", "1K/1h"}}), ElementsAre(HasSubstr("`1K` is not a whole number")));
  EXPECT_THAT(errors_of({{"iops.burst", "5/"}}), ElementsAre(HasSubstr("`` is not a number with a unit")));
  Json number{{"template", "t"}, {"cpu", {{"burst", 60}}}};
  EXPECT_THROW((void)parse_spec(number), runtime::Error);
}

TEST(ResourceKeys, ThresholdsAreRefusedWithTheirReason) {
  const auto refusal = [](const std::string& text) {
    const auto errors = errors_of({{"threshold", text}});
    return errors.size() == 1 ? errors[0] : std::to_string(errors.size()) + " errors";
  };
  EXPECT_EQ(refusal("memory:900M"),
            "threshold: `memory:900M` is not RESOURCE:VALUE:ACTION, as in memory:900M:event");
  EXPECT_THAT(refusal("disk:1G:log"), HasSubstr("`disk` is no resource that has thresholds: cpu, memory,"));
  EXPECT_THAT(refusal("cpu:900M:log"), HasSubstr("`900M` is not a number of cores"));
  EXPECT_THAT(refusal("tasks:many:log"), HasSubstr("`many` is not a whole number"));
  EXPECT_EQ(refusal("tasks:0:log"),
            "threshold: `tasks:0:log` must have a value above 0, and at most 4194304");
  EXPECT_THAT(refusal("tasks:5000000:log"), HasSubstr("at most 4194304"));
  EXPECT_THAT(refusal("memory:1G:kill"), HasSubstr("`kill` is not one of log, event, exec=NAME"));
  for (const char* name :
       {"exec", "exec=", "exec=../x", "exec=/bin/sh", "exec=.x", "exec=-x", "exec=a\\b", "exec=a:b"})
    EXPECT_THAT(refusal("memory:1G:" + std::string(name)), HasSubstr("needs the plain name of a program"))
        << name;
  EXPECT_THAT(refusal("memory:1G:signal=NOPE"), HasSubstr("needs a signal, as in signal=TERM"));
  EXPECT_THAT(refusal("memory:1G:log=x"), HasSubstr("takes no argument"));
  Json many{{"template", "t"}, {"threshold", Json::array()}};
  for (std::size_t i = 0; i <= cgroups::kMaxThresholds; ++i)
    many["threshold"].push_back("tasks:" + std::to_string(i + 1) + ":log");
  EXPECT_THROW((void)parse_spec(many), runtime::Error);
  many["threshold"].erase(0);
  EXPECT_NO_THROW((void)parse_spec(many));
  many["threshold"] = {"memory:1G:log", "memory:1024M:log"};
  try {
    (void)parse_spec(many);
    FAIL();
  } catch (const runtime::Error& error) {
    EXPECT_STREQ(error.what(), "threshold[1]: is in the list twice");
  }
}

TEST(ResourceKeys, HugePagesAreCalledOneWay) {
  for (const char* good : {"2M", "1G", "64K", "16G"})
    EXPECT_TRUE(errors_of({{"hugetlb." + std::string(good), "0"}}).empty()) << good;
  for (const char* bad : {"2MB", "2048K", "3M", "1", "32K", "32G", "x", "0"})
    EXPECT_THAT(errors_of({{"hugetlb." + std::string(bad), "0"}}),
                ElementsAre(HasSubstr("is no size of huge pages; write it as in 2M or 1G")))
        << bad;
  EXPECT_THAT(errors_of({{"hugetlb.1G", "1536M"}}),
              ElementsAre("hugetlb.1G: is 1536M, which is no whole number of such pages"));
}

TEST(NumberLists, AreSortedAndMerged) {
  EXPECT_EQ(canonical_list("8,2-3,0,1", 16), "0-3,8");
  EXPECT_EQ(canonical_list("0-7,3,5-9", 16), "0-9");
  EXPECT_EQ(canonical_list("1-2,3", 4), "1-3");
  EXPECT_EQ(canonical_list("5-5", 16), "5");
  EXPECT_EQ(list_size("0-3,8"), 5U);
  for (const char* bad : {"", ",", "1,", "-1", "3-1", "1-", "a", "01", "1 ", "0-7:2/4", "16", "0-16",
                          "18446744073709551615", "99999999999999999999"})
    EXPECT_THROW((void)canonical_list(bad, 16), runtime::Error) << bad;
  EXPECT_THROW((void)canonical_list(std::string(5000, '1'), 16), runtime::Error);
}

// Against sets of numbers.
TEST(NumberLists, AgreeWithSets) {
  std::mt19937_64 random(20263);
  for (int i = 0; i < 20'000; ++i) {
    std::set<std::uint64_t> numbers;
    std::string text;
    for (std::uint64_t part = 0, parts = 1 + random() % 6; part < parts; ++part) {
      const std::uint64_t first = random() % 20;
      const std::uint64_t last = first + random() % 4;
      for (std::uint64_t n = first; n <= last; ++n) numbers.insert(n);
      text += (text.empty() ? "" : ",") + std::to_string(first) +
              (last == first && random() % 2 == 0 ? "" : "-" + std::to_string(last));
    }
    const std::string canonical = canonical_list(text, 24);
    ASSERT_EQ(list_size(canonical), numbers.size()) << text;
    ASSERT_EQ(canonical_list(canonical, 24), canonical) << text;
    std::string single;
    for (const std::uint64_t n : numbers) single += (single.empty() ? "" : ",") + std::to_string(n);
    ASSERT_EQ(canonical_list(single, 24), canonical) << text;
  }
}

TEST(Shorthand, SaysUpToThreeWords) {
  EXPECT_EQ(typed({{"memory", "512M:1G:2G"}})["memory"],
            (Json{{"guarantee", 512 * kM}, {"barrier", 1024 * kM}, {"limit", 2048 * kM}}));
  EXPECT_EQ(typed({{"cpu", "0.5:unlimited"}})["cpu"], (Json{{"barrier", 500}, {"limit", "unlimited"}}));
  EXPECT_EQ(typed({{"tasks", "100:200"}})["tasks"], (Json{{"barrier", 100}, {"limit", 200}}));
  EXPECT_EQ(typed({{"swap", "0"}})["swap"], (Json{{"limit", 0}}));
  EXPECT_EQ(typed({{"sockets.tcp", "10:20"}})["sockets"]["tcp"], (Json{{"barrier", 10}, {"limit", 20}}));
}

TEST(Shorthand, LeavesWhatItDoesNotSay) {
  const Json spec = typed({{"memory", "512M:1G:2G"}, {"memory.burst", "1h"}, {"memory.share", "5"}});
  EXPECT_EQ(apply_assignments(spec, {{"memory", "1G:3G"}})["memory"], (Json{{"guarantee", 512 * kM},
                                                                            {"barrier", 1024 * kM},
                                                                            {"limit", 3072 * kM},
                                                                            {"burst", "1h"},
                                                                            {"share", 5}}));
  EXPECT_EQ(apply_assignments(spec, {{"memory", "1G"}})["memory"],
            (Json{{"guarantee", 512 * kM}, {"limit", 1024 * kM}, {"share", 5}}));
  const Json placed = apply_assignments(spec, {{"memory.nodes", "0"}, {"memory.oom", "freeze"}});
  EXPECT_EQ(apply_assignments(placed, {{"memory", ""}})["memory"], (Json{{"nodes", "0"}, {"oom", "freeze"}}));
  EXPECT_EQ(apply_assignments(spec, {{"memory", ""}}), (Json{{"template", "t"}}));
}

TEST(Shorthand, WhatIsWrongIsNamed) {
  EXPECT_THAT(errors_of({{"memory", "512M:12Q:2G"}}),
              ElementsAre(HasSubstr("memory: the barrier `12Q` has an unknown unit")));
  EXPECT_THAT(errors_of({{"memory", "512M::2G"}}),
              ElementsAre("memory: the barrier is empty: write GUARANTEE:BARRIER:LIMIT, BARRIER:LIMIT or "
                          "LIMIT"));
  EXPECT_THAT(errors_of({{"memory", "unlimited:1G"}}),
              ElementsAre(HasSubstr("memory: the barrier `unlimited` is not a number")));
  EXPECT_THAT(errors_of({{"memory", "1:2:3:4"}}), ElementsAre(HasSubstr("memory: has 4 parts: write GUAR")));
  EXPECT_THAT(errors_of({{"tasks", "1:2:3"}}),
              ElementsAre("tasks: has 3 parts: write BARRIER:LIMIT or LIMIT"));
  EXPECT_THAT(errors_of({{"swap", "1:2:3"}}), ElementsAre("swap: has 3 parts: write BARRIER:LIMIT or LIMIT"));
  EXPECT_THAT(errors_of({{"disk", "1G:2G"}}), ElementsAre("disk: has 2 parts: write LIMIT"));
  EXPECT_THAT(errors_of({{"memory", "1G"}, {"memory.limit", "2G"}}),
              ElementsAre("memory: says what `memory.limit` says too: give one of them"));
  EXPECT_TRUE(errors_of({{"memory", ""}, {"memory.limit", "2G"}}).empty());
  EXPECT_THAT(errors_of({{"memory", "64G"}, {"memory+", "1"}}),
              ElementsAre(HasSubstr("memory+: unknown key")));
  EXPECT_THAT(errors_of({{"kmem", "1G"}}), ElementsAre(HasSubstr("kmem: unknown key")));
  EXPECT_THAT(errors_of({{"sockets", "1"}}), ElementsAre(HasSubstr("sockets: unknown key")));
}

TEST(ResourceRules, OrderOfTheWords) {
  EXPECT_THAT(
      errors_of({{"memory.guarantee", "2G"}}),
      ElementsAre("memory.guarantee: is 2G, more than memory.limit (1G): guarantee <= barrier <= limit "
                  "must hold"));
  EXPECT_THAT(errors_of({{"cpu", "1:0.5:2"}, {"cpu.burst", "60s"}}),
              ElementsAre(HasSubstr("cpu.guarantee: is 1, more than cpu.barrier (0.5)")));
  EXPECT_THAT(errors_of({{"tasks", "200:100"}}),
              ElementsAre(HasSubstr("tasks.barrier: is 200, more than tasks.limit (100)")));
  EXPECT_THAT(errors_of({{"io", "2M:1M"}}),
              ElementsAre(HasSubstr("io.barrier: is 2M, more than io.limit (1M)")));
  EXPECT_TRUE(errors_of({{"memory", "1G:1G:1G"}}).empty());
  EXPECT_TRUE(errors_of({{"sockets.other", "5:unlimited"}}).empty());
}

TEST(ResourceRules, ABarrierBelowTheLimitIsForBursts) {
  EXPECT_THAT(
      errors_of({{"memory", "512M:1G"}}),
      ElementsAre("memory.barrier: is 512M, below memory.limit (1G), which would be a limit that nobody "
                  "reaches: give memory.burst, or make barrier and limit the same"));
  EXPECT_THAT(errors_of({{"cpu.barrier", "1"}}),
              ElementsAre(HasSubstr("cpu.barrier: is 1, below cpu.limit (unlimited), which would be")));
  EXPECT_THAT(errors_of({{"memory.burst", "1h"}}),
              ElementsAre("memory.burst: is 1h, with nothing to spend it on: it needs memory.barrier below "
                          "memory.limit (1G)"));
  EXPECT_THAT(errors_of({{"iops", "10:10"}, {"iops.burst", "5"}}),
              ElementsAre(HasSubstr("iops.burst: is 5,")));
  EXPECT_TRUE(errors_of({{"memory", "512M:1G"}, {"memory.burst", "1h/1d"}}).empty());
  EXPECT_TRUE(errors_of({{"tasks", "10:20"}, {"files", "10:20"}}).empty());
}

TEST(ResourceRules, MemoryAndSwapAsOneSum) {
  EXPECT_THAT(errors_of({{"memswap", "512M"}}),
              ElementsAre("memory.limit: is 1G, more than memswap.limit (512M): memswap is memory and swap "
                          "together"));
  EXPECT_THAT(errors_of({{"memswap", "2G"}, {"swap", "3G"}}),
              ElementsAre(HasSubstr("swap.limit: is 3G, more than memswap.limit (2G)")));
  EXPECT_TRUE(errors_of({{"memswap", "2G"}, {"memory", "unlimited"}, {"swap", "1G"}}).empty());
  EXPECT_THAT(errors_of({{"memswap", "2G"}, {"memory", "unlimited"}, {"memory.guarantee", "3G"}}),
              ElementsAre(HasSubstr("memory.guarantee: is 3G, more than memswap.limit (2G)")));
  EXPECT_THAT(errors_of({{"memory", "1G:1G:1G"}, {"memswap", "512M:2G"}, {"memory.burst", "1h"}}),
              ElementsAre(HasSubstr("memory.guarantee: is 1G, more than memswap.barrier (512M)")));
}

TEST(ResourceRules, SwapAndTheSumSpendTheBurstOfMemory) {
  EXPECT_THAT(errors_of({{"swap", "0:1G"}}),
              ElementsAre("swap.barrier: is 0, below swap.limit (1G), which would be a limit that nobody "
                          "reaches: give memory.burst, or make barrier and limit the same"));
  EXPECT_THAT(errors_of({{"memswap", "1G:2G"}}),
              ElementsAre(HasSubstr("memswap.barrier: is 1G, below memswap.limit (2G), which")));
  EXPECT_TRUE(errors_of({{"swap", "0:1G"}, {"memory.burst", "1h/1d"}}).empty());
  EXPECT_TRUE(errors_of({{"memswap", "1G:2G"}, {"memory.burst", "1h"}}).empty());
  EXPECT_TRUE(errors_of({{"swap", "1G:1G"}}).empty());
  EXPECT_THAT(errors_of({{"swap.burst", "1h"}}), ElementsAre(HasSubstr("swap.burst: unknown key")));
}

TEST(ResourceRules, Places) {
  EXPECT_THAT(errors_of({{"cpu.affinity", "numa:auto"}, {"memory.nodes", "0"}}),
              ElementsAre(HasSubstr("memory.nodes: is 0, but cpu.affinity=numa:auto chooses")));
  EXPECT_TRUE(errors_of({{"cpu.affinity", "0-1"}, {"memory.nodes", "0"}}).empty());
  EXPECT_THAT(errors_of({{"cpu.affinity", "0-1"}, {"cpu.guarantee", "2.5"}}),
              ElementsAre("cpu.guarantee: is 2.5, more than the 2 CPUs of cpu.affinity (0-1)"));
  EXPECT_THAT(errors_of({{"cpu.affinity", "0-8192"}}), ElementsAre(HasSubstr("out of range: 0..8191")));
  EXPECT_THAT(errors_of({{"cpu.affinity", "numa:0"}}),
              ElementsAre(HasSubstr("`numa:0` is not a whole number")));
  EXPECT_THAT(errors_of({{"memory.nodes", "1024"}}), ElementsAre(HasSubstr("out of range: 0..1023")));
}

TEST(ResourceRules, AreAllToldAtOnceAndNoneTwice) {
  EXPECT_THAT(
      errors_of({{"memory", "2G:512M:1G"},
                 {"cpu.barrier", "1"},
                 {"tasks", "9:5"},
                 {"cpu.affinity", "0"},
                 {"cpu.guarantee", "3"}}),
      testing::UnorderedElementsAre(
          HasSubstr("memory.guarantee: is 2G"), HasSubstr("memory.barrier: is 512M"),
          HasSubstr("cpu.guarantee: is 3, more than cpu.barrier (1)"), HasSubstr("cpu.barrier: is 1, below"),
          HasSubstr("cpu.guarantee: is 3, more than the"), HasSubstr("tasks.barrier: is 9")));
  Json spec{{"template", "t"}, {"memory", {{"barrier", "x"}, {"limit", "1G"}, {"burst", "1h"}}}};
  try {
    (void)parse_spec(spec);
    FAIL();
  } catch (const runtime::Error& error) {
    ASSERT_EQ(error.fields().size(), 2U);
    EXPECT_EQ(error.fields()[0].path, "memory.barrier");
  }
}

}  // namespace
}  // namespace croft::ctl
