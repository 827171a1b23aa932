// What this kernel writes when it kills in a group, read back.
#include "cgroups/oom_log.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <chrono>
#include <thread>

#include "cgroups/files.h"
#include "tests/live/cgroups/fixture.h"

namespace croft::cgroups {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// The next kill of this process in the log.
std::optional<OomKill> await_kill(KernelLog& log, pid_t pid) {
  OomLog kills;
  Patience patience(deadline_in(kPatience));
  do {
    while (const auto text = log.next())
      if (const auto record = parse_record(*text))
        if (const auto kill = kills.feed(*record); kill && kill->pid == static_cast<std::uint64_t>(pid))
          return kill;
  } while (patience.wait());
  return std::nullopt;
}

TEST_F(LiveGroups, ROOT_CGROUP_TheLogTellsWhoWasKilledInWhichGroup) {
  if (!layout_.memory) GTEST_SKIP() << "needs CGROUP: no memory controller";
  if (access("/dev/kmsg", R_OK) != 0) GTEST_SKIP() << "needs ROOT: no /dev/kmsg to read";
  intent_.knobs.memory.max = Bytes{16 * kMiB};
  intent_.knobs.memory.swap = Bytes{0};
  create();
  KernelLog log;
  Child child = spawn([](int) {
    prctl(PR_SET_NAME, "a,pid=1)\n\\b");
    constexpr std::size_t kSize = 64 * kMiB;
    void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (std::size_t at = 0; at < kSize; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
    return 0;
  });
  const pid_t pid = child.pid();
  EXPECT_TRUE(WIFSIGNALED(child.wait()));
  const auto kill = await_kill(log, pid);
  ASSERT_TRUE(kill);
  EXPECT_EQ(kill->full_group, "/" + relative_path(intent_.path));
  EXPECT_EQ(kill->group, kill->full_group);
  EXPECT_EQ(kill->command, "a,pid=1)\\x0a\\x5cb");
  EXPECT_GT(kill->anonymous, Bytes{8 * kMiB});
}

}  // namespace
}  // namespace croft::cgroups
