// Readings of real groups, and what io limits do to real disks.
#include "cgroups/usage.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>

#include <chrono>
#include <thread>

#include "cgroups/disks.h"
#include "cgroups/files.h"
#include "tests/live/cgroups/fixture.h"
#include "tests/live/cgroups/loop_disk.h"

namespace croft::cgroups {
namespace {

const Wanted kAll{true, true, true, true, true, true, false, true, {}};
constexpr std::size_t kMiB = std::size_t{1} << 20;

int touch_and_sleep(int tell) {
  constexpr std::size_t kSize = 24 * kMiB;
  void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (std::size_t at = 0; at < kSize; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
  for (int i = 0; i < 30000000; ++i) asm volatile("");
  say(tell, 'r');
  return sleep_for_ever();
}

// `size` bytes past the page cache. Its exit status is 0 when all were written.
int write_directly(const std::string& path, std::size_t size) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
  void* block = mmap(nullptr, kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (std::size_t done = 0; done < size; done += kMiB)
    if (write(file, block, kMiB) != static_cast<ssize_t>(kMiB)) return 1;
  return fsync(file) == 0 ? 0 : 2;
}

TEST_F(LiveGroups, ROOT_CGROUP_MeterReadsWhatAGroupUses) {
  create();
  const Meter meter(layout_, intent_.path, kAll);
  const Reading before = meter.read();
  const Child child = spawn(touch_and_sleep);
  ASSERT_EQ(child.hear(), 'r');
  const Reading after = meter.read();
  EXPECT_GT(after.at, before.at);
  if (layout_.memory) {
    EXPECT_GE(after.memory.value().count, before.memory.value().count + 24 * kMiB);
    EXPECT_EQ(after.oom_kills, 0U);
    const auto grown =
        after.memory_parts.anonymous.value().count - before.memory_parts.anonymous.value().count;
    EXPECT_GE(grown, 24 * kMiB);
    EXPECT_LE(grown, after.memory->count);
    EXPECT_EQ(after.swap.has_value(), !layout_.absent.contains("swap"));
  }
  if (layout_.cpu_usage) {
    EXPECT_GT(after.cpu.value(), before.cpu.value());
  }
  if (layout_.tasks) {
    EXPECT_EQ(after.tasks, 1U);
    EXPECT_EQ(after.refused_tasks, 0U);
  }
}

TEST_F(LiveGroups, ROOT_CGROUP_WhoSleepsHasNotRunUntilItIsKilled) {
  if (!layout_.cpu_usage) GTEST_SKIP() << "needs CGROUP: CPU time is not counted";
  create();
  Wanted wanted = kAll;
  wanted.io = false;
  const Meter meter(layout_, intent_.path, wanted);
  Child child = spawn(touch_and_sleep);
  ASSERT_EQ(child.hear(), 'r');
  const Deadline deadline = deadline_in(kPatience);
  Reading reading = meter.read();
  for (bool asleep = false; !asleep && std::chrono::steady_clock::now() < deadline;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const auto read = meter.read_if_run(reading);
    asleep = !read;
    if (read) reading = *read;
  }
  EXPECT_FALSE(meter.read_if_run(reading));
  kill(child.pid(), SIGKILL);
  child.wait();
  EXPECT_TRUE(meter.read_if_run(reading));
}

TEST_F(LiveGroups, ROOT_CGROUP_MeterCountsOomKills) {
  if (!layout_.memory) GTEST_SKIP() << "needs CGROUP: no memory controller";
  intent_.knobs.memory.max = Bytes{16 * kMiB};
  intent_.knobs.memory.swap = Bytes{0};
  create();
  const Meter meter(layout_, intent_.path, kAll);
  Child child = spawn(touch_and_sleep);
  EXPECT_TRUE(WIFSIGNALED(child.wait()));
  const Reading reading = meter.read();
  EXPECT_GE(reading.oom_kills.value(), 1U);
}

TEST_F(LiveGroups, ROOT_CGROUP_CGROUP2_AllProcessesDieWhereOneWasKilled) {
  if (layout_.kind() != "v2") GTEST_SKIP() << "needs CGROUP2: this host is " << layout_.kind();
  intent_.knobs.memory = {Bytes{0}, {}, Bytes{16 * kMiB}, Bytes{0}, true};
  create();
  Child innocent = spawn([](int tell) {
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(innocent.hear(), 'r');
  Child greedy = spawn(touch_and_sleep);
  EXPECT_TRUE(WIFSIGNALED(greedy.wait()));
  EXPECT_TRUE(WIFSIGNALED(innocent.wait()));
}

TEST_F(LiveGroups, ROOT_CGROUP_MeterCountsRefusedTasks) {
  if (!layout_.tasks) GTEST_SKIP() << "needs CGROUP: no pids controller";
  intent_.knobs.tasks = 1;
  create();
  const Meter meter(layout_, intent_.path, kAll);
  Child child = spawn([](int) { return fork() < 0 && errno == EAGAIN ? 0 : 1; });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(meter.read().refused_tasks, 1U);
}

TEST_F(LiveGroups, ROOT_CGROUP_MeterCountsTimeAtTheQuota) {
  if (!layout_.cpu) GTEST_SKIP() << "needs CGROUP: no cpu controller";
  intent_.knobs.cpu.quota = MilliCpu{50};
  create();
  const Meter meter(layout_, intent_.path, kAll);
  const Child child = spawn([](int) {
    for (;;) asm volatile("");
    return 0;
  });
  const Deadline deadline = deadline_in(kPatience);
  while (meter.read().throttled.value_or(Micros{0}).count == 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_GT(meter.read().throttled.value().count, 0U);
}

TEST_F(LiveGroups, ROOT_CGROUP_MeterSaysWhenTheGroupIsGone) {
  create();
  const Meter meter(layout_, intent_.path, kAll);
  remove_group(layout_, intent_.path, kPatience);
  try {
    static_cast<void>(meter.read());
    ADD_FAILURE() << "read";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kNotFound);
  }
}

TEST_F(LiveGroups, ROOT_CGROUP_IoIsCountedAndHeldAtItsLimit) {
  if (!layout_.io) GTEST_SKIP() << "needs CGROUP: no controller of block devices";
  const OnLoop disk("mke2fs -q -F");
  if (!disk.mounted()) GTEST_SKIP() << "needs ROOT: no ext4 on a loop device here";
  create();
  Wanted wanted = kAll;
  wanted.devices = disks_under({}, disk.path()).devices;
  ASSERT_EQ(wanted.devices.size(), 1U);
  const Meter meter(layout_, intent_.path, wanted);
  Knobs next = intent_.knobs;
  next.io.devices = wanted.devices;
  next.io.bytes_per_second = 2 * kMiB;
  runtime::Changes changes;
  plan_knobs(layout_, intent_.path, intent_.knobs, next, changes);
  apply_changes(changes);
  const auto begin = std::chrono::steady_clock::now();
  Child child = spawn([&](int) { return write_directly(disk.path() + "/held", 3 * kMiB); });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_GT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(700));
  const Reading reading = meter.read();
  ASSERT_TRUE(reading.io);
  EXPECT_GE(reading.io->written_bytes, 3 * kMiB);
  EXPECT_GE(reading.io->writes, 3U);
  undo_changes(changes);
  const std::string left = runtime::read_file(
      directory(layout_.io) + (layout_.kind() == "v2" ? "/io.max" : "/blkio.throttle.write_bps_device"));
  EXPECT_EQ(left, "");
}

TEST(LiveHostMeter, ReadsThisHost) {
  const HostReading reading = HostMeter({}).read();
  EXPECT_EQ(reading.cpus, static_cast<std::uint64_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_EQ(reading.memory_total.count, static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                                            static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE)));
  EXPECT_LT(reading.memory_available, reading.memory_total);
  EXPECT_GE(reading.running, 1U);
  EXPECT_EQ(reading.memory_stall.has_value(), runtime::exists("/proc/pressure/memory"));
}

}  // namespace
}  // namespace croft::cgroups
