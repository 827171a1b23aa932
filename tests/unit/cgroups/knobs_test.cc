// The lines that the drivers write, one by one against the rules by which the kernel takes or refuses them.
#include "cgroups/knobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "cgroups/v1/drivers.h"
#include "cgroups/v2/drivers.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Lines = std::vector<FileValue>;

std::vector<std::string> text_of(const Lines& lines) {
  std::vector<std::string> text;
  for (const FileValue& line : lines) text.push_back(line.file + "=" + line.value);
  return text;
}

constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

// What a file of numbers holds: "max" and "-1" are none.
std::uint64_t number(const std::string& text) {
  return text == "max" || text == "-1" ? kNone : std::stoull(text);
}

// Random knobs, from few values so that equal and neighbouring ones are met.
class Random {
 public:
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  std::optional<std::uint64_t> maybe() {
    return below(4) == 0 ? std::nullopt : std::optional(1 + below(6) * 1000);
  }
  std::optional<Bytes> size() {
    const auto value = maybe();
    return value ? std::optional(Bytes{*value * 4096}) : std::nullopt;
  }
  CpuKnobs cpu() {
    const auto quota = maybe();
    return {quota ? std::optional(MilliCpu{*quota}) : std::nullopt, Micros{below(5) * 50000},
            static_cast<std::uint32_t>(1 + below(3) * 100)};
  }
  MemoryKnobs memory() { return {Bytes{below(3) * 4096}, size(), size(), size(), below(2) == 0}; }

 private:
  std::mt19937 engine_{11};
};

TEST(CpuLines, V2) {
  CpuKnobs next{MilliCpu{1500}, Micros{50000}, 300};
  EXPECT_THAT(text_of(v2::kCpu.lines({}, next)),
              ElementsAre("cpu.max=150000 100000", "cpu.max.burst=50000", "cpu.weight=300"));
  EXPECT_THAT(text_of(v2::kCpu.lines(next, {})),
              ElementsAre("cpu.max.burst=0", "cpu.max=max 100000", "cpu.weight=100"));
  EXPECT_THAT(v2::kCpu.lines(next, next), IsEmpty());
}

TEST(CpuLines, V1) {
  CpuKnobs next{MilliCpu{5}, Micros{4000}, 10000};
  EXPECT_THAT(text_of(v1::kCpu.lines({}, next)),
              ElementsAre("cpu.cfs_period_us=1000000", "cpu.cfs_quota_us=5000", "cpu.cfs_burst_us=4000",
                          "cpu.shares=102400"));
  EXPECT_THAT(text_of(v1::kCpu.lines(next, {MilliCpu{500}, Micros{0}, 1})),
              ElementsAre("cpu.cfs_burst_us=0", "cpu.cfs_quota_us=-1", "cpu.cfs_period_us=100000",
                          "cpu.cfs_quota_us=50000", "cpu.shares=10"));
  EXPECT_THAT(text_of(v1::kCpu.lines(next, {})), ElementsAre("cpu.cfs_burst_us=0", "cpu.cfs_quota_us=-1",
                                                             "cpu.cfs_period_us=100000", "cpu.shares=1024"));
}

// tg_set_cfs_bandwidth in kernel/sched/core.c refuses a burst above the quota. What is left at the end must
// be what was asked for, whatever it was before.
TEST(CpuLines, TheKernelTakesEachOnTheWayFromAnyStateToAnyOther) {
  Random random;
  for (int round = 0; round < 5000; ++round) {
    const CpuKnobs now = random.cpu();
    const CpuKnobs next = random.cpu();
    const auto apply = [](const Lines& lines, std::uint64_t& quota, std::uint64_t& burst) {
      for (const FileValue& line : lines) {
        if (line.file == "cpu.max" || line.file == "cpu.cfs_quota_us")
          quota = number(line.value.substr(0, line.value.find(' ')));
        if (line.file == "cpu.max.burst" || line.file == "cpu.cfs_burst_us") burst = number(line.value);
        ASSERT_TRUE(quota == kNone || burst <= quota) << line.file << " " << line.value;
      }
    };
    for (const CpuDriver* driver : {&v1::kCpu, &v2::kCpu}) {
      std::uint64_t quota = kNone;
      std::uint64_t burst = 0;
      apply(driver->lines({}, now), quota, burst);
      apply(driver->lines(now, next), quota, burst);
      std::uint64_t straight = kNone;
      std::uint64_t straight_burst = 0;
      apply(driver->lines({}, next), straight, straight_burst);
      ASSERT_EQ(quota, straight);
      ASSERT_EQ(burst, straight_burst);
    }
  }
}

TEST(MemoryLines, V2) {
  const MemoryKnobs next{Bytes{1}, Bytes{2}, Bytes{3}, Bytes{4}, true};
  EXPECT_THAT(text_of(v2::kMemory.lines({}, next)),
              ElementsAre("memory.oom.group=1", "memory.min=1", "memory.high=2", "memory.max=3",
                          "memory.swap.max=4"));
  EXPECT_THAT(text_of(v2::kMemory.lines(next, {Bytes{1}, {}, Bytes{2}, Bytes{5}, true})),
              ElementsAre("memory.max=2", "memory.high=max", "memory.swap.max=5"));
}

TEST(MemoryLines, V1) {
  EXPECT_THAT(text_of(v1::kMemory.lines(v1::kMemory.fresh, {Bytes{1}, Bytes{2}, Bytes{3}, Bytes{4}, true})),
              ElementsAre("memory.soft_limit_in_bytes=1", "memory.limit_in_bytes=2",
                          "memory.memsw.limit_in_bytes=7"));
  EXPECT_THAT(
      text_of(v1::kMemory.lines({{}, {}, Bytes{5}, Bytes{0}, false}, {{}, {}, Bytes{9}, Bytes{0}, false})),
      ElementsAre("memory.memsw.limit_in_bytes=9", "memory.limit_in_bytes=9"));
  EXPECT_THAT(text_of(v1::kMemory.lines({{}, {}, Bytes{5}, Bytes{0}, false}, {})),
              ElementsAre("memory.memsw.limit_in_bytes=-1", "memory.limit_in_bytes=-1"));
  EXPECT_THAT(text_of(v1::kMemory.lines(v1::kMemory.fresh, {})), ElementsAre("memory.soft_limit_in_bytes=0"));
}

// memory.memsw.limit_in_bytes may never be below memory.limit_in_bytes (mem_cgroup_resize_max).
TEST(MemoryLines, OnV1TheSumIsNeverTheSmaller) {
  Random random;
  for (int round = 0; round < 5000; ++round) {
    const MemoryKnobs now = random.memory();
    const MemoryKnobs next = random.memory();
    std::uint64_t memory = kNone;
    std::uint64_t sum = kNone;
    for (const Lines& lines : {v1::kMemory.lines(v1::kMemory.fresh, now), v1::kMemory.lines(now, next)})
      for (const FileValue& line : lines) {
        if (line.file == "memory.limit_in_bytes") memory = number(line.value);
        if (line.file == "memory.memsw.limit_in_bytes") sum = number(line.value);
        ASSERT_LE(memory, sum) << line.file << " " << line.value;
      }
    ASSERT_EQ(memory, std::min(next.high.value_or(Bytes{kNone}), next.max.value_or(Bytes{kNone})).count);
    ASSERT_EQ(sum, next.max && next.swap ? next.max->count + next.swap->count : kNone);
  }
}

TEST(MemoryLines, OnV2MemoryAndSwapNeverAddUpToMoreThanBeforeOrAfter) {
  const auto sum = [](std::uint64_t memory, std::uint64_t swap) {
    return memory == kNone || swap == kNone ? kNone : memory + swap;
  };
  const auto value = [](std::optional<Bytes> bytes) { return bytes.value_or(Bytes{kNone}).count; };
  Random random;
  for (int round = 0; round < 5000; ++round) {
    const MemoryKnobs now = random.memory();
    const MemoryKnobs next = random.memory();
    std::uint64_t memory = value(now.max);
    std::uint64_t swap = value(now.swap);
    const std::uint64_t most = std::max(sum(memory, swap), sum(value(next.max), value(next.swap)));
    for (const FileValue& line : v2::kMemory.lines(now, next)) {
      if (line.file == "memory.max") memory = number(line.value);
      if (line.file == "memory.swap.max") swap = number(line.value);
      ASSERT_LE(sum(memory, swap), most);
    }
    ASSERT_EQ(memory, value(next.max));
    ASSERT_EQ(swap, value(next.swap));
  }
}

TEST(IoLines, V2SetsEachDeviceAndLetsGoOfThoseThatAreGone) {
  const IoKnobs now{1000, {}, 100, {{8, 0}, {8, 16}}};
  const IoKnobs next{2000, 0, 100, {{8, 16}, {259, 1}}};
  const Lines lines = v2::kIo.lines(now, next);
  EXPECT_THAT(text_of(lines), ElementsAre("io.max=8:0 rbps=max wbps=max riops=max wiops=max",
                                          "io.max=8:16 rbps=2000 wbps=2000 riops=1 wiops=1",
                                          "io.max=259:1 rbps=2000 wbps=2000 riops=1 wiops=1"));
  EXPECT_EQ(lines[1].before, "8:16 rbps=1000 wbps=1000 riops=max wiops=max");
  EXPECT_EQ(lines[2].before, "259:1 rbps=max wbps=max riops=max wiops=max");
}

TEST(IoLines, V1HasAFileForEachWay) {
  const Lines lines = v1::kIo.lines({}, {5, 6, 100, {{8, 0}}});
  EXPECT_THAT(text_of(lines),
              ElementsAre("blkio.throttle.read_bps_device=8:0 5", "blkio.throttle.write_bps_device=8:0 5",
                          "blkio.throttle.read_iops_device=8:0 6", "blkio.throttle.write_iops_device=8:0 6"));
  EXPECT_EQ(lines[0].before, "8:0 0");
  EXPECT_THAT(text_of(v1::kIo.lines({{}, 6, 100, {{8, 0}}}, {{}, std::uint64_t{1} << 40, 100, {{8, 0}}})),
              ElementsAre("blkio.throttle.read_iops_device=8:0 0", "blkio.throttle.write_iops_device=8:0 0"));
}

TEST(IoLines, WeightsGoToWhicheverFileThereIs) {
  IoKnobs heavy;
  heavy.weight = 10000;
  IoKnobs light;
  light.weight = 1;
  const Lines lines = v2::kIo.lines(light, heavy);
  EXPECT_THAT(text_of(lines), ElementsAre("io.weight=default 10000", "io.bfq.weight=default 1000"));
  EXPECT_EQ(lines[1].before, "default 1");
  EXPECT_TRUE(lines[0].may_lack && lines[1].may_lack);
  EXPECT_THAT(text_of(v1::kIo.lines(light, heavy)), ElementsAre("blkio.bfq.weight=1000"));
}

TEST(CpusetLines, NothingIsWhatTheParentHas) {
  const CpusetKnobs some{"0-3", "0"};
  EXPECT_THAT(text_of(v2::kCpuset.lines({}, some)), ElementsAre("cpuset.cpus=0-3", "cpuset.mems=0"));
  EXPECT_THAT(text_of(v2::kCpuset.lines(some, {"0-3", ""})), ElementsAre("cpuset.mems="));
  EXPECT_TRUE(v2::kCpuset.lines(some, {})[0].of_parent);
  EXPECT_TRUE(v1::kCpuset.lines(some, {})[0].of_parent);
  EXPECT_FALSE(v1::kCpuset.lines({}, some)[0].of_parent);
}

TEST(HugetlbLines, OnlySizesThatTheKernelCouldWrite) {
  EXPECT_THAT(text_of(v2::kHugetlb.lines({{"1GB", Bytes{7}}, {"2MB", Bytes{1}}}, {{"2MB", Bytes{2}}})),
              ElementsAre("hugetlb.1GB.max=max", "hugetlb.2MB.max=2"));
  EXPECT_THAT(text_of(v1::kHugetlb.lines({{"2MB", Bytes{1}}}, {})),
              ElementsAre("hugetlb.2MB.limit_in_bytes=-1"));
  for (const char* size : {"", "MB", "2", "2MB/../x", "../../2MB", "123456MB", "2mb"})
    EXPECT_THROW(v2::kHugetlb.lines({}, {{size, Bytes{1}}}), runtime::Error) << size;
}

TEST(TasksLines, WhatNoKernelCanCountIsNone) {
  EXPECT_THAT(text_of(v2::kTasks.lines({}, 7)), ElementsAre("pids.max=7"));
  EXPECT_THAT(text_of(v1::kTasks.lines(7, kNone)), ElementsAre("pids.max=max"));
  EXPECT_THAT(v1::kTasks.lines(7, 7), IsEmpty());
}

}  // namespace
}  // namespace croft::cgroups
