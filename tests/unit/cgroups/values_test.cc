#include <gtest/gtest.h>

#include <limits>

#include "cgroups/cpu_quota.h"
#include "cgroups/files.h"
#include "runtime/error.h"
#include "tests/unit/cgroups/tree.h"

namespace croft::cgroups {
namespace {

TEST(CpuQuota, CountsMicrosecondsOfAPeriod) {
  EXPECT_EQ(quota_of(std::nullopt), (CpuQuota{std::nullopt, Micros{100000}}));
  EXPECT_EQ(quota_of(MilliCpu{500}), (CpuQuota{Micros{50000}, Micros{100000}}));
  EXPECT_EQ(quota_of(MilliCpu{64000}), (CpuQuota{Micros{6400000}, Micros{100000}}));
}

TEST(CpuQuota, SmallOnesGetALongerPeriodSoThatTheKernelTakesThem) {
  EXPECT_EQ(quota_of(MilliCpu{10}), (CpuQuota{Micros{1000}, Micros{100000}}));
  EXPECT_EQ(quota_of(MilliCpu{9}), (CpuQuota{Micros{9000}, Micros{1000000}}));
  EXPECT_EQ(quota_of(MilliCpu{1}), (CpuQuota{Micros{1000}, Micros{1000000}}));
}

TEST(CpuQuota, ZeroIsRefusedAndTheImpossibleIsNoLimit) {
  EXPECT_THROW(quota_of(MilliCpu{0}), runtime::Error);
  EXPECT_EQ(quota_of(MilliCpu{std::numeric_limits<std::uint64_t>::max()}).quota, std::nullopt);
}

TEST(Files, KeyedNumbers) {
  EXPECT_EQ(keyed_number("populated 1\nfrozen 0\n", "frozen"), 0U);
  EXPECT_EQ(keyed_number("usage_usec 12\nuser_usec 3\n", "usage_usec"), 12U);
  EXPECT_EQ(keyed_number("a max", "a"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_THROW(keyed_number("frozen_long 1\n", "frozen"), runtime::Error);
  EXPECT_THROW(keyed_number("", "frozen"), runtime::Error);
  EXPECT_THROW(keyed_number("frozen x\n", "frozen"), runtime::Error);
}

TEST(Files, WordsAndParts) {
  EXPECT_TRUE(has_word("cpu memory\n", "memory"));
  EXPECT_TRUE(has_word("cpu memory\n", "cpu"));
  EXPECT_FALSE(has_word("cpuset memory\n", "cpu"));
  EXPECT_FALSE(has_word("my-cpu\n", "cpu"));
  EXPECT_FALSE(has_word("\n", "cpu"));
  EXPECT_EQ(split("/a//b/", '/'), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(split("", '/').empty());
}

TEST(Files, ReadsOneValue) {
  const HostTree tree;
  tree.file("number", "42\n");
  tree.file("none", "max\n");
  tree.file("text", "x\n");
  const runtime::Fd directory = runtime::open_file(tree.roots().proc + "/..", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(read_number(directory, "number"), 42U);
  EXPECT_EQ(read_number(directory, "none"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_THROW(read_number(directory, "text"), runtime::Error);
  EXPECT_THROW(read_number(directory, "missing"), runtime::Error);
}

}  // namespace
}  // namespace croft::cgroups
