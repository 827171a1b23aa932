// split, scale and check.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>

#include "ctl/plans/check.h"
#include "ctl/plans/library.h"
#include "ctl/plans/scale.h"
#include "ctl/plans/split.h"
#include "ctl/spec/rules.h"
#include "runtime/error.h"

namespace croft::ctl::plans {
namespace {

using cgroups::Capacities;
using cgroups::Resource;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kM = std::uint64_t{1} << 20;
constexpr std::uint64_t kG = std::uint64_t{1} << 30;

Capacities host(std::uint64_t cores, std::uint64_t memory, std::uint64_t swap, std::uint64_t tasks) {
  Capacities all;
  const auto put = [&](Resource resource, std::uint64_t total, std::uint64_t reserve) {
    all.at(static_cast<std::size_t>(resource)) = {total, reserve};
  };
  put(Resource::kCpu, cores * 1000, cores > 1 ? 500 : 0);
  put(Resource::kMemory, memory, memory / 16);
  put(Resource::kSwap, swap, 0);
  put(Resource::kTasks, tasks, 1000);
  return all;
}

Json values(const std::string& text) {
  return resolve({{"p", text}}, "p").values;
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const runtime::Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Split, DividesWhatIsLeftOfTheHost) {
  const Json plan = split(host(8, 16 * kG, 4 * kG, 33000), 10);
  EXPECT_EQ(plan, (Json{{"cpu", {{"guarantee", 750}}},
                        {"memory", {{"guarantee", 1536 * kM}, {"limit", 1536 * kM}}},
                        {"swap", {{"limit", 409 * kM}}},
                        {"tasks", {{"limit", 3200}}}}));
  Capacities with_io = host(8, 16 * kG, 0, 33000);
  with_io.at(static_cast<std::size_t>(Resource::kIo)) = {100 * kM, 0};
  EXPECT_EQ(split(with_io, 10)["io"]["guarantee"], 10 * kM);
  EXPECT_EQ(split(with_io, 10)["swap"]["limit"], 0);
}

TEST(Split, SaysHowManyWouldFit) {
  EXPECT_EQ(
      refusal([] { (void)split(host(8, kG, 0, 33000), 100); }),
      "cannot divide this host into 100 containers: of memory each would have 9M, and the least is 16M; "
      "memory is enough for 60");
  EXPECT_THAT(refusal([] { (void)split(host(1, 64 * kG, 0, 33000), 200); }),
              HasSubstr("of cpu each would have 0.005, and the least is 0.01; cpu is enough for 100"));
  EXPECT_EQ(refusal([] { (void)split(host(8, kG, 0, 33000), 0); }), "count: is out of range: 1..100000");
  EXPECT_THAT(refusal([] { (void)split({}, 1); }), HasSubstr("is enough for 0"));
}

// Whatever the host, what comes out is a plan, and that many containers with it fit.
TEST(SplitProperty, AllOfThemFit) {
  std::mt19937_64 random(20267);
  int made = 0;
  for (int i = 0; i < 3000; ++i) {
    const Capacities capacities =
        host(1 + random() % 256, kM * (random() % 1'000'000), kM * (random() % 10000), random() % 4'000'000);
    const std::uint64_t count = 1 + random() % 400;
    Json plan;
    try {
      plan = split(capacities, count);
    } catch (const runtime::Error& error) {
      ASSERT_EQ(error.kind(), runtime::ErrorKind::kExhausted);
      continue;
    }
    ++made;
    const cgroups::Resources each = resources_of(plan);
    FieldErrors errors;
    check_resources(each, errors);
    ASSERT_TRUE(errors.empty()) << plan;
    ASSERT_EQ(resolve({{"p", to_text(plan)}}, "p").values, plan);
    for (const Resource resource : {Resource::kCpu, Resource::kMemory, Resource::kSwap, Resource::kTasks}) {
      const auto& capacity = capacities.at(static_cast<std::size_t>(resource));
      const cgroups::Words& words = each[resource];
      ASSERT_LE(words.guarantee * count + (words.guarantee == 0 ? 0 : capacity.reserve), *capacity.total);
      ASSERT_LE(words.limit.value_or(0) * count, *capacity.total) << to_text(resource);
    }
    for (const Finding& finding : check(plan, capacities).findings)
      ASSERT_NE(finding.weight, Weight::kError) << finding.key << " " << finding.says;
  }
  EXPECT_GT(made, 1000);
}

TEST(Scale, FactorsAreExactDecimals) {
  EXPECT_EQ(parse_factor("1.5").millionths, 1'500'000U);
  EXPECT_EQ(parse_factor("0.001").millionths, 1000U);
  EXPECT_EQ(parse_factor("1000").millionths, 1'000'000'000U);
  for (const char* bad : {"", "0", "-1", "1001", "0.0001", "1.0000001", "1e3", "x", "1s", "1min", ".5", "2 "})
    EXPECT_EQ(refusal([&] { (void)parse_factor(bad); }),
              "must be a number 0.001 to 1000 with at most six decimals, as in 1.5")
        << bad;
}

TEST(Scale, MultipliesAndRoundsDown) {
  const Json plan = values(
      "memory=512M:1G:2G\nmemory.burst=30min/1d\ncpu=0.333:1:unlimited\ncpu.burst=60s/1h\ncpu.share=100\n"
      "io=1000:5000:10000\nio.burst=1G\ntasks=101:301\nhugetlb.2M=6M\nthreshold=memory:900M:log,tasks:7:"
      "event\n"
      "cpu.affinity=0-3\nmemory.oom=freeze\n");
  EXPECT_EQ(to_text(scale(plan, parse_factor("1.5"))),
            "cpu.guarantee=0.499\ncpu.barrier=1.5\ncpu.limit=unlimited\ncpu.burst=90s/1h\ncpu.share=150\n"
            "cpu.affinity=0-3\nmemory.guarantee=768M\nmemory.barrier=1536M\nmemory.limit=3G\nmemory.burst="
            "30min/1d\n"
            "memory.oom=freeze\nio.guarantee=1500\nio.barrier=7500\nio.limit=15000\nio.burst=1536M\ntasks."
            "barrier=151\n"
            "tasks.limit=451\nhugetlb.2M=8M\nthreshold=memory:1350M:log,tasks:10:event\n");
  EXPECT_EQ(scale(plan, parse_factor("1")), plan);
}

// They are keys of a specification beside its resources.
TEST(Scale, KnowsRatesOfClassesAndCpusThatAreSeen) {
  EXPECT_EQ(to_text(scale(values("net.in.class.3=1000000\nnet.out.class.0=5000\ncpu.visible=2\n"),
                          parse_factor("1.5"))),
            "cpu.visible=2\nnet.in.class.3=1500000\nnet.out.class.0=7500\n");
}

TEST(Scale, KeepsWithinWhatKeysTake) {
  EXPECT_EQ(to_text(scale(values("memory.limit=8M\ncpu.share=2\ntasks.limit=3\n"), parse_factor("0.1"))),
            "cpu.share=1\nmemory.limit=4M\ntasks.limit=1\n");
  EXPECT_EQ(to_text(scale(values("cpu.share=5000\n"), parse_factor("10"))), "cpu.share=10000\n");
  EXPECT_THAT(refusal([] { (void)scale(values("tasks.limit=4194304\n"), parse_factor("2")); }),
              HasSubstr("tasks.limit: is out of range: 1..4194304"));
  EXPECT_THAT(refusal([] { (void)scale(values("memory.limit=1048576T\n"), parse_factor("1000")); }),
              HasSubstr("memory.limit: is out of range"));
  EXPECT_THAT(refusal([] { (void)scale(values("cpu=0.01:0.02\ncpu.burst=1s\n"), parse_factor("0.1")); }),
              HasSubstr("cpu.burst: is 0.1s, with nothing to spend it on"));
}

TEST(ScaleProperty, KeepsTheOrderAndIsTheFloor) {
  std::mt19937_64 random(20268);
  for (int i = 0; i < 2000; ++i) {
    std::array<std::uint64_t, 3> v{};
    for (auto& value : v) value = 4 * kM + random() % (1000 * kG);
    std::sort(v.begin(), v.end());
    const Factor factor{1000 + random() % 10'000'000};
    const Json plan{{"memory", {{"guarantee", v[0]}, {"barrier", v[1]}, {"limit", v[2]}, {"burst", "1h"}}}};
    Json scaled;
    try {
      scaled = scale(plan, factor)["memory"];
    } catch (const runtime::Error&) {  // both at the least value: no room for a burst
      ASSERT_LE(v[1] / 1'000'000 * factor.millionths, 4 * kM);
      continue;
    }
    ASSERT_LE(scaled["guarantee"], scaled["barrier"]);
    ASSERT_LE(scaled["barrier"], scaled["limit"]);
    const auto exact = static_cast<long double>(v[2]) * factor.millionths / 1'000'000;
    ASSERT_NEAR(static_cast<double>(scaled["limit"].get<std::uint64_t>()),
                static_cast<double>(std::max<long double>(exact, 4 * kM)), 1.0);
  }
}

std::vector<std::string> findings(const std::string& text, const Capacities& capacities) {
  std::vector<std::string> all;
  for (const Finding& one : check(values(text), capacities).findings)
    all.push_back(std::string(to_text(one.weight)) + " " + one.key + " " + one.says);
  return all;
}

TEST(Check, WhatCannotStartHere) {
  const Capacities small = host(2, 2 * kG, 0, 33000);
  EXPECT_THAT(
      findings("memory=2G:2G:2G\n", small),
      ElementsAre(
          "error memory.guarantee is 2G, but this host can guarantee 1920M (2G less a reserve of 128M)"));
  EXPECT_THAT(findings("io.guarantee=1M\n", small),
              ElementsAre("error io.guarantee is 1M, but nobody said how much of it this host has"));
  EXPECT_THAT(findings("cpu.guarantee=1.5\n", small), IsEmpty());
}

TEST(Check, WhatIsNotWhatOneWouldThink) {
  const Capacities small = host(2, 2 * kG, 0, 33000);
  EXPECT_THAT(findings("memory.limit=4G\nswap.limit=1G\ncpu.limit=4\n", small),
              ElementsAre("warning cpu.limit is 4, more than this host has (2)",
                          "warning memory.limit is 4G, more than this host has (2G)",
                          "warning swap.limit is 1G, more than this host has (0)"));
  EXPECT_THAT(
      findings("memory.limit=64M\n", small),
      ElementsAre(
          "warning tasks.limit is 4096, and the kernel's part of so many tasks alone (24K each) is more "
          "than memory.limit (64M)"));
  EXPECT_THAT(
      findings("files.limit=100\nsockets.tcp.limit=90\nsockets.other.limit=20\n", small),
      ElementsAre("warning files.limit is 100, less than the sockets that are allowed (90 and 20), which are "
                  "open files"));
}

TEST(Check, HowLongABurstLasts) {
  const Capacities small = host(2, 2 * kG, 0, 33000);
  EXPECT_THAT(
      findings("cpu=0.5:1.5\ncpu.burst=60s\nmemory=512M:1G\nmemory.burst=30min/1d\nio=1M:3M\nio.burst=120M\n",
               small),
      ElementsAre("note cpu.burst a full one lasts 1min at the limit",
                  "note memory.burst a full one lasts 30min at the limit",
                  "note io.burst a full one lasts 1min at the limit"));
  EXPECT_THAT(findings("cpu.barrier=1\ncpu.burst=90s\n", small), ElementsAre(HasSubstr("lasts 90s")));
}

TEST(Check, HowManyFit) {
  const Report report = check(values("cpu.guarantee=0.5\nmemory=512M:1G:1G\n"), host(8, 16 * kG, 0, 33000));
  ASSERT_EQ(report.shares.size(), 3U);
  EXPECT_EQ(report.shares[0].resource, Resource::kCpu);
  EXPECT_EQ(report.shares[0].fit, 15U);
  EXPECT_EQ(report.shares[0].fit_worst, std::nullopt);
  EXPECT_EQ(report.shares[1].fit, 30U);
  EXPECT_EQ(report.shares[1].fit_worst, 16U);
  EXPECT_EQ(report.shares[2].resource, Resource::kTasks);
  EXPECT_EQ(report.shares[2].fit_worst, 8U);
}

}  // namespace
}  // namespace croft::ctl::plans
