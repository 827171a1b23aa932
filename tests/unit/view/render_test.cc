#include "fs/view/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "fs/view/note.h"

namespace croft::view {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

Sample sample() {
  Sample one;
  one.host = {.total = 8 * kGiB, .available = 6 * kGiB, .swap_total = 2 * kGiB, .swap_free = 2 * kGiB};
  one.bounds.memory = kGiB;
  one.bounds.cpus = 2;
  one.pages.used = 300 * kMiB;
  one.pages.active_file = 60 * kMiB;
  one.pages.inactive_file = 40 * kMiB;
  return one;
}

std::string text_of(const Node& node, const Sample& one) {
  std::string space(std::size_t{1} << 17, '\0');
  space.resize(render(node, one, space));
  return space;
}

std::uint64_t kib(const std::string& text, const std::string& key) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key + ":")) return std::stoull(line.substr(key.size() + 1));
  ADD_FAILURE() << "no " << key;
  return 0;
}

TEST(Meminfo, TotalIsTheLimitAndFreeWhatIsLeftOfIt) {
  const std::string text = text_of({Kind::kMeminfo}, sample());
  EXPECT_EQ(kib(text, "MemTotal"), kGiB / 1024);
  EXPECT_EQ(kib(text, "MemFree"), (kGiB - 300 * kMiB) / 1024);
  EXPECT_EQ(kib(text, "MemAvailable"), (kGiB - 200 * kMiB) / 1024);
}

TEST(Meminfo, LooksLikeTheKernels) {
  EXPECT_THAT(text_of({Kind::kMeminfo}, sample()),
              testing::StartsWith("MemTotal:        1048576 kB\nMemFree:          "));
}

TEST(Meminfo, WithoutALimitItIsTheHosts) {
  Sample one = sample();
  one.bounds.memory = UINT64_MAX;
  EXPECT_EQ(memory_of(one).total, 8 * kGiB);
}

TEST(Meminfo, AvailableCountsUpToTheBarrierOnly) {
  Sample one = sample();
  one.bounds.barrier = 512 * kMiB;
  EXPECT_EQ(memory_of(one).free, kGiB - 300 * kMiB);
  EXPECT_EQ(memory_of(one).available, 312 * kMiB);
}

TEST(Meminfo, AvailableIsNeverMoreThanTheHostHas) {
  Sample one = sample();
  one.host.available = 50 * kMiB;
  EXPECT_EQ(memory_of(one).available, 50 * kMiB);
}

TEST(Meminfo, SwapIsWhatTheSumLeavesBesideMemory) {
  Sample one = sample();
  one.bounds.memswap = kGiB + 512 * kMiB;
  one.pages.swapped = 100 * kMiB;
  EXPECT_EQ(memory_of(one).swap_total, 512 * kMiB);
  EXPECT_EQ(memory_of(one).swap_free, 412 * kMiB);
  one.bounds.swap = 64 * kMiB;
  EXPECT_EQ(memory_of(one).swap_total, 64 * kMiB);
  EXPECT_EQ(memory_of(one).swap_free, 0U);
}

TEST(Meminfo, ASumBelowTheLimitBoundsBoth) {
  Sample one = sample();
  one.bounds.memswap = 256 * kMiB;
  EXPECT_EQ(memory_of(one).total, 256 * kMiB);
  EXPECT_EQ(memory_of(one).swap_total, 0U);
}

// Whatever the numbers are, none is above what it is a part of.
TEST(Meminfo, PartsNeverExceedTheWhole) {
  std::mt19937_64 random(7);
  const auto any = [&] { return random() >> (random() % 64); };
  for (int i = 0; i < 20000; ++i) {
    Sample one;
    one.bounds = {
        .memory = any(), .barrier = any(), .swap = any(), .memswap = any(), .cpus = 1, .started = 0};
    one.host = {.total = any(), .available = any(), .swap_total = any(), .swap_free = any()};
    one.pages.used = any();
    one.pages.swapped = any();
    one.pages.active_file = any() >> 2;
    one.pages.inactive_file = any() >> 2;
    const Memory memory = memory_of(one);
    ASSERT_LE(memory.total, std::min(one.host.total, one.bounds.memory));
    ASSERT_LE(memory.free, memory.total);
    ASSERT_LE(memory.available, memory.total);
    ASSERT_LE(memory.available, one.host.available);
    ASSERT_LE(memory.swap_total, one.host.swap_total);
    ASSERT_LE(memory.swap_free, memory.swap_total);
    ASSERT_LE(memory.swap_total, one.bounds.memswap - memory.total);
  }
}

TEST(Stat, HasALineForEachCpuAndTheirSum) {
  Sample one = sample();
  one.cpus[0] = {.user = 1'230'000, .system = 40'000, .idle = 10'000'000};
  one.cpus[1] = {.user = 1'220'000, .system = 30'000, .idle = 10'009'999};
  one.boot = 1700000000;
  const std::string text = text_of({Kind::kStat}, one);
  EXPECT_THAT(text, testing::StartsWith("cpu  245 0 7 2000 0 0 0 0 0 0\n"
                                        "cpu0 123 0 4 1000 0 0 0 0 0 0\n"
                                        "cpu1 122 0 3 1000 0 0 0 0 0 0\nintr"));
  EXPECT_THAT(text, HasSubstr("\nbtime 1700000000\n"));
}

TEST(Cpuinfo, ShowsAsManyProcessorsAsItSees) {
  Sample one = sample();
  one.cpuinfo =
      "processor\t: 0\nmodel name\t: Fast\nphysical id\t: 0\nsiblings\t: 64\ncore id\t\t: 9\ncpu cores\t: "
      "32\n\n"
      "processor\t: 1\nmodel name\t: Slow\n\nprocessor\t: 2\nmodel name\t: None\n\n";
  EXPECT_EQ(text_of({Kind::kCpuinfo}, one),
            "processor\t: 0\nmodel name\t: Fast\nphysical id\t: 0\nsiblings\t: 2\ncore id\t\t: 0\ncpu "
            "cores\t: 2\n\n"
            "processor\t: 1\nmodel name\t: Slow\n\n");
  one.bounds.cpus = 1;
  EXPECT_THAT(text_of({Kind::kCpuinfo}, one), HasSubstr("siblings\t: 1\n"));
}

TEST(Uptime, IsTheContainersWithTheIdleTimeOfAllItsCpus) {
  Sample one = sample();
  one.uptime = 12'345'678;
  one.cpus[0].idle = 10'000'000;
  one.cpus[1].idle = 1'050'000;
  EXPECT_EQ(text_of({Kind::kUptime}, one), "12.34 11.05\n");
}

TEST(Loadavg, HasFiveWords) {
  Sample one = sample();
  one.load = {123, 45, 6};
  one.running = 2;
  one.tasks = 17;
  EXPECT_EQ(text_of({Kind::kLoadavg}, one), "1.23 0.45 0.06 2/17 17\n");
}

TEST(Swaps, HasOneLineWhereThereIsSwap) {
  Sample one = sample();
  one.bounds.swap = 0;
  EXPECT_EQ(text_of({Kind::kSwaps}, one), "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
  one.bounds.swap = kGiB;
  EXPECT_THAT(text_of({Kind::kSwaps}, one), HasSubstr("virtual\t\t1048576\t\t0\t\t0\n"));
}

TEST(Diskstats, CountsInSectorsOf512) {
  Sample one = sample();
  one.disk_count = 1;
  one.disks[0] = {.major = 253,
                  .minor = 0,
                  .name = {"vda"},
                  .reads = 3,
                  .read_bytes = 4096,
                  .writes = 5,
                  .written_bytes = 1024};
  EXPECT_THAT(text_of({Kind::kDiskstats}, one),
              testing::StartsWith(" 253       0 vda 3 0 8 0 5 0 2 0 0 0 0"));
}

TEST(SystemFiles, ListTheCpusThatItSees) {
  Sample one = sample();
  EXPECT_EQ(text_of({Kind::kCpuList}, one), "0-1\n");
  EXPECT_EQ(text_of({Kind::kCpuAllMap, 0, 0}, one), "3\n");
  EXPECT_EQ(text_of({Kind::kCpuAloneMap, 0, 1}, one), "2\n");
  EXPECT_EQ(text_of({Kind::kCpuNumber, 0, 1}, one), "1\n");
  one.bounds.cpus = 1;
  EXPECT_EQ(text_of({Kind::kCpuList}, one), "0\n");
  one.bounds.cpus = 33;
  EXPECT_EQ(text_of({Kind::kNodeCpuMap}, one), "1,ffffffff\n");
}

// Whatever room there is, nothing is written beyond it.
// The width of each column is part of the format: programs cut by it.
TEST(Beancounters, AreInTheClassicFormat) {
  Sample one = sample();
  one.bounds.barrier = 512 * kMiB;
  one.tasks = 12;
  one.pages.swapped = 4 * kMiB;
  one.counters = {.kernel = 5000,
                  .locked = 8192,
                  .memory_peak = 400 * kMiB,
                  .tasks_peak = 20,
                  .tasks_limit = 100,
                  .refused_tasks = 3,
                  .refused_memory = 2,
                  .killed = 1};
  std::istringstream in(text_of({Kind::kBeancounters}, one));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 26U);
  EXPECT_EQ(lines[0], "Version: 2.5");
  EXPECT_EQ(lines[1],
            "       uid  resource                     held              maxheld              barrier"
            "                limit              failcnt");
  EXPECT_EQ(lines[2],
            "         1: kmemsize                     5000                 5000  9223372036854775807"
            "  9223372036854775807                    0");
  EXPECT_EQ(lines[7],
            "            numproc                        12                   20                  100"
            "                  100                    3");
  EXPECT_EQ(lines[8],
            "            physpages                   76800               102400               131072"
            "               262144                    2");
  EXPECT_EQ(lines[10],
            "            oomguarpages                77824                77824  9223372036854775807"
            "  9223372036854775807                    1");
  EXPECT_EQ(lines[6],
            "            dummy                           0                    0                    0"
            "                    0                    0");
}

TEST(Beancounters, WithoutLimitsAreUnlimited) {
  Sample one = sample();
  one.bounds.memory = one.bounds.barrier = UINT64_MAX;
  EXPECT_THAT(text_of({Kind::kBeancounters}, one),
              HasSubstr("physpages                   76800                76800  9223372036854775807  "
                        "9223372036854775807                    0\n"));
}

TEST(Render, KeepsToItsSpace) {
  Sample one = sample();
  one.bounds.cpus = 8;
  one.cpuinfo = "processor\t: 0\nmodel name\t: x\n\n";
  for (std::uint64_t number = 0; number < 0x10000; ++number) {
    const Node node = node_of(number);
    if (node.kind == Kind::kNone || is_directory(node.kind)) continue;
    const std::size_t whole = text_of(node, one).size();
    for (std::size_t size = 0; size <= whole; size += 1 + whole / 40) {
      std::string space(size + 8, '#');
      EXPECT_LE(render(node, one, std::span(space.data(), size)), size);
      EXPECT_EQ(space.substr(size), "########");
    }
  }
}

TEST(Note, IsReadAsItWasWritten) {
  const Bounds bounds{
      .memory = kGiB, .barrier = 3, .swap = 0, .memswap = UINT64_MAX, .cpus = 7, .started = 123456};
  Bounds read;
  ASSERT_TRUE(parse_note(to_text(bounds), read));
  EXPECT_EQ(read, bounds);
  EXPECT_EQ(to_text(bounds).size(), kNoteSize);
}

TEST(Note, AnythingElseLeavesWhatIsKnown) {
  const Bounds known{.memory = 1, .barrier = 1, .swap = 1, .memswap = 1, .cpus = 3, .started = 1};
  const std::string good = to_text(known);
  for (const std::string& bad : {std::string(), good.substr(1), "2" + good.substr(1),
                                 std::string(kNoteSize, ' '), to_text({.cpus = 0})}) {
    Bounds bounds = known;
    EXPECT_FALSE(parse_note(bad, bounds)) << bad;
    EXPECT_EQ(bounds, known);
  }
}

}  // namespace
}  // namespace croft::view
