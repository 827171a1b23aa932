#include "cgroups/usage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <new>

#include "cgroups/figures.h"
#include "tests/unit/cgroups/tree.h"

// How often this thread asked for memory.
static thread_local std::size_t allocations = 0;

// Not inlined: g++ would see one half of the pair with the library's other half.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace croft::cgroups {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

const GroupPath kPath{"r", "t", "u"};
const Wanted kAll{true, true, true, true, true, true, true, true, {}};

std::optional<Bytes> bytes(std::uint64_t count) {
  return Bytes{count};
}

TEST(Figures, Numbers) {
  EXPECT_EQ(leading_number("12 34"), 12U);
  EXPECT_EQ(leading_number(" 7\n"), 7U);
  EXPECT_EQ(leading_number("max\n"), kMost);
  EXPECT_EQ(leading_number("x"), std::nullopt);
  EXPECT_EQ(leading_number("99999999999999999999"), std::nullopt);
  EXPECT_EQ(number_of_line("low 1\nhigh 2\n", "high"), 2U);
  EXPECT_EQ(number_of_line("oom_kill 3\n", "oom"), std::nullopt);
  EXPECT_EQ(number_of_word("8:0 rbytes=1  wbytes=22", "wbytes"), 22U);
  EXPECT_EQ(stall_total("some avg10=0.00 total=5\nfull avg10=1.00 total=6\n", "full"), 6U);
  EXPECT_EQ(stall_total("", "full"), std::nullopt);
}

void fill_group_v2(HostTree& tree) {
  fill_v2(tree);
  const auto file = [&](const std::string& name, const std::string& content) {
    tree.file("sys/fs/cgroup/r/t/u/" + name, content);
  };
  file("cpu.stat", "usage_usec 1000\nuser_usec 600\nsystem_usec 400\nnr_periods 9\nthrottled_usec 77\n");
  file("memory.current", "4096\n");
  file("memory.peak", "8192\n");
  file("memory.swap.current", "12288\n");
  file("memory.events", "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 0\n");
  file("memory.pressure", "some avg10=0.00 avg60=0.00 total=10\nfull avg10=0.00 avg60=0.00 total=9\n");
  file("memory.stat",
       "anon 100\nfile 200\nkernel 300\nkernel_stack 1\nsock 400\nshmem 50\nunevictable 60\nslab_reclaimable "
       "70\n"
       "slab_unreclaimable 8\n");
  file("pids.current", "6\n");
  file("pids.peak", "8\n");
  file("pids.events", "max 11\n");
  file("io.stat",
       "8:0 rbytes=100 wbytes=200 rios=3 wios=4 dbytes=0 dios=0\n8:16 rbytes=1 wbytes=2 rios=3 wios=4\n253:0 "
       "\n");
}

TEST(Meter, ReadsAllOfV2) {
  HostTree tree;
  fill_group_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  const Reading reading = Meter(layout, kPath, kAll).read();
  EXPECT_GT(reading.at.count, 0U);
  EXPECT_EQ(reading.cpu, Micros{1000});
  EXPECT_EQ(reading.throttled, Micros{77});
  EXPECT_EQ(reading.cpu_user, Micros{600});
  EXPECT_EQ(reading.cpu_system, Micros{400});
  const Meter ledger(layout, kPath, {}, kAll);
  EXPECT_EQ(ledger.read().swap, std::nullopt);
  EXPECT_EQ(ledger.read_whole().swap, reading.swap);
  EXPECT_EQ(ledger.read_whole().io, reading.io);
  EXPECT_EQ(reading.memory, Bytes{4096});
  EXPECT_EQ(reading.memory_peak, Bytes{8192});
  EXPECT_EQ(reading.swap, Bytes{12288});
  EXPECT_EQ(reading.high_events, 2U);
  EXPECT_EQ(reading.oom_events, 4U);
  EXPECT_EQ(reading.oom_kills, 5U);
  EXPECT_EQ(reading.memory_stall, Micros{9});
  EXPECT_EQ(reading.tasks, 6U);
  EXPECT_EQ(reading.tasks_peak, 8U);
  EXPECT_EQ(reading.refused_tasks, 11U);
  EXPECT_EQ(reading.io, (Reading::Io{101, 202, 6, 8}));
  const Reading::MemoryParts& parts = reading.memory_parts;
  EXPECT_EQ((std::array{parts.anonymous, parts.file, parts.kernel, parts.sockets, parts.shared, parts.locked,
                        parts.slab}),
            (std::array{bytes(100), bytes(200), bytes(300), bytes(400), bytes(50), bytes(60), bytes(70)}));
}

TEST(Meter, ReadsOnlyWhatIsWanted) {
  HostTree tree;
  fill_group_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  Wanted wanted;
  wanted.events = false;
  const Reading reading = Meter(layout, kPath, wanted).read();
  EXPECT_TRUE(reading.cpu && reading.memory && reading.tasks);
  EXPECT_FALSE(reading.io || reading.swap || reading.oom_kills || reading.memory_stall ||
               reading.memory_peak || reading.memory_parts.anonymous);
  wanted.io = true;
  wanted.devices = {{8, 16}, {9, 9}};
  EXPECT_EQ(Meter(layout, kPath, wanted).read().io, (Reading::Io{1, 2, 3, 4}));
}

TEST(Meter, ReadsAllOfAHybridHost) {
  HostTree tree;
  fill_hybrid(tree);
  const auto file = [&](const std::string& hierarchy, const std::string& name, const std::string& content) {
    tree.file("sys/fs/cgroup/" + hierarchy + "/r/t/u/" + name, content);
  };
  file("unified", "cpu.stat", "usage_usec 1000\nuser_usec 600\nsystem_usec 400\n");
  file("cpu", "cpu.stat", "nr_periods 1\nnr_throttled 1\nthrottled_time 5000\n");
  file("memory", "memory.usage_in_bytes", "4096\n");
  file("memory", "memory.memsw.usage_in_bytes", "12288\n");
  file("memory", "memory.max_usage_in_bytes", "8192\n");
  file("memory", "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  file("memory", "memory.stat",
       "rss 1\ntotal_cache 200\ntotal_rss 100\ntotal_shmem 50\ntotal_unevictable 60\n");
  file("memory", "memory.kmem.usage_in_bytes", "300\n");
  file("memory", "memory.kmem.tcp.usage_in_bytes", "400\n");
  file("pids", "pids.current", "6\n");
  file("pids", "pids.events", "max 11\n");
  file("blkio", "blkio.throttle.io_service_bytes",
       "8:0 Read 100\n8:0 Write 200\n8:0 Sync 300\n8:0 Total 300\n8:16 Read 5\nTotal 305\n");
  file("blkio", "blkio.throttle.io_serviced", "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n");
  const Layout layout = detect(tree.roots(), true);
  const Reading reading = Meter(layout, kPath, kAll).read();
  EXPECT_EQ(reading.cpu, Micros{1000});
  EXPECT_EQ(reading.throttled, Micros{5});
  EXPECT_EQ(reading.cpu_user, Micros{600});
  EXPECT_EQ(reading.cpu_system, Micros{400});
  EXPECT_EQ(reading.memory, Bytes{4096});
  EXPECT_EQ(reading.memory_peak, Bytes{8192});
  EXPECT_EQ(reading.swap, Bytes{8192});
  EXPECT_EQ(reading.oom_kills, 2U);
  EXPECT_EQ(reading.high_events, std::nullopt);
  EXPECT_EQ(reading.tasks, 6U);
  EXPECT_EQ(reading.refused_tasks, 11U);
  EXPECT_EQ(reading.io, (Reading::Io{105, 200, 1, 2}));
  EXPECT_EQ(reading.memory_stall, std::nullopt);
  const Reading::MemoryParts& parts = reading.memory_parts;
  EXPECT_EQ(
      (std::array{parts.anonymous, parts.file, parts.kernel, parts.sockets, parts.shared, parts.locked}),
      (std::array{bytes(100), bytes(200), bytes(300), bytes(400), bytes(50), bytes(60)}));
  EXPECT_EQ(parts.slab, std::nullopt);
}

TEST(Meter, ReadsPureV1) {
  HostTree tree;
  fill_v1(tree);
  tree.file("sys/fs/cgroup/cpu,cpuacct/r/t/u/cpuacct.usage", "9000\n");
  tree.file("sys/fs/cgroup/cpu,cpuacct/r/t/u/cpuacct.usage_user", "6000\n");
  tree.file("sys/fs/cgroup/cpu,cpuacct/r/t/u/cpuacct.usage_sys", "2999\n");
  for (const char* name : {"memory", "pids"})
    tree.file("sys/fs/cgroup/" + std::string(name) + "/r/t/u/x", "");
  const Layout layout = detect(tree.roots(), true);
  const Reading reading = Meter(layout, kPath, kAll).read();
  EXPECT_EQ(reading.cpu, Micros{9});
  EXPECT_EQ(reading.cpu_user, Micros{6});
  EXPECT_EQ(reading.cpu_system, Micros{2});
  EXPECT_FALSE(reading.memory || reading.io || reading.tasks);
}

TEST(Meter, AGoneGroupIsNotFound) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  try {
    const Meter meter(layout, kPath, {});
    ADD_FAILURE() << "opened";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kNotFound);
  }
}

TEST(Meter, APassAllocatesNothing) {
  HostTree tree;
  fill_group_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  Wanted wanted = kAll;
  wanted.devices = {{8, 0}};
  const Meter meter(layout, kPath, wanted);
  const std::size_t before = allocations;
  const Reading reading = meter.read();
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(reading.io->read_bytes, 100U);
}

TEST(Meter, WhoUsedNoCpuTimeHasNotRun) {
  HostTree tree;
  fill_group_v2(tree);
  Wanted wanted = kAll;
  wanted.io = false;
  const Meter meter(detect(tree.roots(), true), kPath, wanted);
  const Reading reading = meter.read();
  tree.file("sys/fs/cgroup/r/t/u/memory.current", "1\n");  // taken by the kernel
  const std::size_t before = allocations;
  EXPECT_FALSE(meter.read_if_run(reading));
  EXPECT_EQ(allocations, before);
  tree.file("sys/fs/cgroup/r/t/u/cpu.stat", "usage_usec 1001\n");
  EXPECT_TRUE(meter.read_if_run(reading));
  EXPECT_FALSE(meter.read_if_run(meter.read()));
}

TEST(Meter, WhereThatCannotBeToldItMayHaveRun) {
  HostTree tree;
  fill_group_v2(tree);
  const Meter with_io(detect(tree.roots(), true), kPath, kAll);
  EXPECT_TRUE(with_io.read_if_run(with_io.read()));
  tree.file("sys/fs/cgroup/r/t/u/cpu.stat", "");
  const Meter uncounted(detect(tree.roots(), true), kPath, {});
  EXPECT_TRUE(uncounted.read_if_run(uncounted.read()));
}

TEST(Meter, ManyDevicesAreCutAtAWholeLine) {
  HostTree tree;
  fill_group_v2(tree);
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "8:" + std::to_string(i) + " rbytes=1 wbytes=1000000000\n";
  tree.file("sys/fs/cgroup/r/t/u/io.stat", text);
  const Layout layout = detect(tree.roots(), true);
  const Reading reading = Meter(layout, kPath, kAll).read();
  ASSERT_TRUE(reading.io);
  EXPECT_GT(reading.io->read_bytes, 300U);
  EXPECT_EQ(reading.io->written_bytes, reading.io->read_bytes * 1000000000);
}

TEST(HostMeter, ReadsPressureAndMemory) {
  HostTree tree;
  tree.file("proc/meminfo",
            "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\nSwapTotal:  20 kB\nSwapFree: 10 kB\n");
  tree.file("proc/loadavg", "0.08 0.03 0.01 3/123 4567\n");
  tree.file("proc/pressure/cpu", "some avg10=0.00 total=11\nfull avg10=0.00 total=1\n");
  tree.file("proc/pressure/memory", "some avg10=0.00 total=12\nfull avg10=0.00 total=2\n");
  tree.file("proc/pressure/io", "some avg10=0.00 total=13\nfull avg10=0.00 total=3\n");
  tree.file("proc/vmstat", "pgscan_kswapd 40\npgscan_direct 2\npgscan_direct_throttle 9\n");
  tree.file(
      "proc/diskstats",
      "   7       0 loop0 1 0 8 0 0 0 0 0 0 900 0\n 254       0 vda 5 0 80 3 4 0 32 9 0 70 12 0 0 0 0 0 0\n"
      " 254       1 vda1 5 0 80 3 4 0 32 9 0 60 12\n   8       0 sda 5 0 80 3 4 0 32 9 0 50 12\n   8 16 "
      "sdb\n");
  for (const char* disk : {"vda", "sda", "sdb"})
    tree.file(std::string("sys/class/block/") + disk + "/device", "");
  tree.file("sys/devices/system/cpu/online", "0-3,8\n");
  const HostMeter meter(tree.roots());
  const std::size_t before = allocations;
  const HostReading reading = meter.read();
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(reading.memory_total, Bytes{1000 * 1024});
  EXPECT_EQ(reading.memory_available, Bytes{400 * 1024});
  EXPECT_EQ(reading.swap_total, Bytes{20 * 1024});
  EXPECT_EQ(reading.swap_free, Bytes{10 * 1024});
  EXPECT_EQ(reading.running, 3U);
  EXPECT_EQ(reading.cpus, 5U);
  EXPECT_EQ(reading.cpu_stall, Micros{11});
  EXPECT_EQ(reading.memory_stall, Micros{12});
  EXPECT_EQ(reading.io_stall, Micros{13});
  EXPECT_EQ(reading.scanned, 42U);
  ASSERT_EQ(reading.disks.count, 2U);
  EXPECT_EQ(reading.disks.busy[0], Micros{70'000});
  EXPECT_EQ(reading.disks.busy[1], Micros{50'000});
}

TEST(HostMeter, WithoutPressureThereAreNoStalls) {
  HostTree tree;
  tree.file("proc/meminfo", "MemTotal:  1000 kB\n");
  tree.file("proc/loadavg", "nonsense\n");
  const HostReading reading = HostMeter(tree.roots()).read();
  EXPECT_FALSE(reading.cpu_stall || reading.memory_stall || reading.io_stall);
  EXPECT_EQ(reading.running, 0U);
  EXPECT_EQ(reading.cpus, 1U);
  EXPECT_FALSE(reading.scanned);
  EXPECT_EQ(reading.disks.count, 0U);
  EXPECT_THROW(HostMeter(Roots{tree.roots().sys, tree.roots().sys}), runtime::Error);
}

}  // namespace
}  // namespace croft::cgroups
