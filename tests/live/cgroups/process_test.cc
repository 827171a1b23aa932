// Processes in real groups: what is done to them, counted of them, and refused to them.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <thread>

#include "cgroups/device_program.h"
#include "tests/live/cgroups/fixture.h"

namespace croft::cgroups {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

int tell_and_sleep(int tell) {
  say(tell, 'r');
  return sleep_for_ever();
}

TEST_F(LiveGroups, ROOT_CGROUP_AProcessIsInEveryGroupThatWasMade) {
  intent_.delegate = true;
  create();
  const Child child = spawn(tell_and_sleep);
  ASSERT_EQ(child.hear(), 'r');
  const std::string lines = runtime::read_file("/proc/" + std::to_string(child.pid()) + "/cgroup");
  std::size_t found = 0;
  for (std::size_t at = lines.find(relative_path(intent_.path)); at != std::string::npos;
       at = lines.find(relative_path(intent_.path), at + 1))
    ++found;
  EXPECT_EQ(found, used_hierarchies(layout_).size()) << lines;
  EXPECT_THAT(processes(group()), UnorderedElementsAre(child.pid()));
  EXPECT_TRUE(populated(group()));
}

TEST_F(LiveGroups, ROOT_CGROUP_FreezeStopsAndThawGoesOn) {
  if (!layout_.freeze) GTEST_SKIP() << "needs CGROUP: no freezer, neither unified nor v1";
  create();
  const Child child = spawn([](int tell) {
    for (;;) {
      say(tell, 't');
      usleep(1000);
    }
    return 0;
  });
  ASSERT_EQ(child.hear(), 't');
  const Group group(layout_, intent_.path);
  EXPECT_FALSE(frozen(group));
  freeze(group, kPatience);
  EXPECT_TRUE(frozen(group));
  const auto cpu = usage(group).cpu;
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(usage(group).cpu, cpu);
  thaw(group);
  EXPECT_FALSE(frozen(group));
  EXPECT_EQ(child.hear(), 't');
}

TEST_F(LiveGroups, ROOT_CGROUP_KillEndsEverythingFrozenOrNot) {
  create();
  Child first = spawn([](int tell) {
    for (int i = 0; i < 20; ++i)
      if (fork() == 0) sleep_for_ever();
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(first.hear(), 'r');
  const Group group(layout_, intent_.path);
  EXPECT_EQ(processes(group).size(), 21U);
  if (layout_.freeze) freeze(group, kPatience);
  kill_all(group, kPatience);
  EXPECT_FALSE(populated(group));
  EXPECT_TRUE(wait_empty(group, Milliseconds(0)));
  const int status = first.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  remove_group(layout_, intent_.path, kPatience);
}

TEST_F(LiveGroups, ROOT_CGROUP_KillWinsAgainstAProcessThatForksOnAndOn) {
  if (!layout_.tasks) GTEST_SKIP() << "needs CGROUP: no pids controller, a fork bomb must be bounded";
  intent_.knobs.tasks = 64;
  create();
  const Child child = spawn([](int tell) {
    signal(SIGCHLD, SIG_IGN);
    say(tell, 'r');
    for (;;) fork();
    return 0;
  });
  ASSERT_EQ(child.hear(), 'r');
  kill_all(group(), kPatience);
  EXPECT_FALSE(populated(group()));
}

TEST_F(LiveGroups, ROOT_CGROUP_WaitEmptyGivesUpInTimeAndSeesTheEnd) {
  create();
  const Child child = spawn(tell_and_sleep);
  ASSERT_EQ(child.hear(), 'r');
  EXPECT_FALSE(wait_empty(group(), Milliseconds(30)));
  ::kill(child.pid(), SIGKILL);
  EXPECT_TRUE(wait_empty(group(), kPatience));
}

TEST_F(LiveGroups, ROOT_CGROUP_TheTasksLimitRefusesAFork) {
  if (!layout_.tasks) GTEST_SKIP() << "needs CGROUP: no pids controller";
  intent_.knobs.tasks = 5;
  create();
  Child child = spawn([](int) {
    int made = 1;
    for (pid_t pid = 1; made < 50 && pid > 0; made += pid > 0 ? 1 : 0) {
      pid = fork();
      if (pid == 0) sleep_for_ever();
    }
    return errno == EAGAIN ? made : 90;
  });
  EXPECT_EQ(child.wait(), 5 << 8);  // exited with 5
  EXPECT_EQ(usage(group()).tasks, 4U);
}

TEST_F(LiveGroups, ROOT_CGROUP_TheMemoryLimitKillsInsideOnly) {
  if (!layout_.memory) GTEST_SKIP() << "needs CGROUP: no memory controller";
  intent_.knobs.memory.max = Bytes{16U << 20};
  create();
  GroupIntent neighbour = intent_;
  neighbour.path.uuid = "two";
  runtime::Changes changes;
  plan_create(layout_, neighbour, changes);
  apply_changes(changes);
  Child greedy = spawn([](int) {
    constexpr std::size_t kSize = std::size_t{256} << 20;
    void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (std::size_t at = 0; at < kSize; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
    return 0;
  });
  std::swap(intent_, neighbour);
  const Child quiet = spawn(tell_and_sleep);
  ASSERT_EQ(quiet.hear(), 'r');
  const int status = greedy.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  EXPECT_EQ(quiet.state(), 'S');
}

TEST_F(LiveGroups, ROOT_CGROUP_TheCpuLimitThrottles) {
  if (!layout_.cpu) GTEST_SKIP() << "needs CGROUP: no cpu controller";
  intent_.knobs.cpu.quota = MilliCpu{100};
  create();
  const Child child = spawn([](int tell) {
    say(tell, 'r');
    for (;;) asm volatile("");
    return 0;
  });
  ASSERT_EQ(child.hear(), 'r');
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  EXPECT_THAT(runtime::read_file(directory(layout_.cpu) + "/cpu.stat"),
              testing::Not(HasSubstr("nr_throttled 0\n")));
}

TEST_F(LiveGroups, ROOT_CGROUP_UsageCountsMemoryCpuAndTasks) {
  create();
  const Child child = spawn([](int tell) {
    constexpr std::size_t kSize = std::size_t{24} << 20;
    void* memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (std::size_t at = 0; at < kSize; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
    for (int i = 0; i < 30000000; ++i) asm volatile("");
    say(tell, 'r');
    return sleep_for_ever();
  });
  ASSERT_EQ(child.hear(), 'r');
  const Usage now = usage(group());
  if (layout_.memory) {
    EXPECT_GE(now.memory.value().count, 24U << 20);
    EXPECT_LE(now.memory.value().count, 40U << 20);
  }
  EXPECT_EQ(now.tasks, layout_.tasks ? std::optional<std::uint64_t>(1) : std::nullopt);
  EXPECT_EQ(now.cpu.has_value(), layout_.cpu_usage.has_value());
  EXPECT_GT(now.cpu.value_or(Micros{1001}).count, 1000U);
}

TEST_F(LiveGroups, ROOT_CGROUP_DeviceRulesRefuseMakingAndOpening) {
  if (!layout_.devices) GTEST_SKIP() << "needs CGROUP: neither device programs nor the v1 devices controller";
  intent_.devices = standard_device_rules();
  create();
  std::string place = (std::filesystem::temp_directory_path() / "croft-test-XXXXXX").string();
  ASSERT_NE(mkdtemp(place.data()), nullptr);
  const std::string node = place + "/node";
  const std::string whiteout = place + "/whiteout";
  const std::string kernel_log = place + "/kmsg";
  ASSERT_EQ(mknod(kernel_log.c_str(), S_IFCHR | 0600, makedev(1, 11)), 0);
  Child child = spawn([&](int) {
    int wrong = 0;
    const int null = open("/dev/null", O_RDWR);
    if (null < 0) wrong |= 1;
    if (mknod(node.c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0 || errno != EPERM) wrong |= 2;
    if (mknod(node.c_str(), S_IFBLK | 0600, makedev(7, 0)) == 0 || errno != EPERM) wrong |= 4;
    if (open(kernel_log.c_str(), O_RDONLY) >= 0 || errno != EPERM) wrong |= 8;
    if (mknod(whiteout.c_str(), S_IFCHR, makedev(0, 0)) != 0) wrong |= 16;  // overlay makes these
    if (mkfifo((place + "/fifo").c_str(), 0600) != 0) wrong |= 32;
    return wrong;
  });
  EXPECT_EQ(child.wait(), 0);
  std::filesystem::remove_all(place);
}

TEST_F(LiveGroups, ROOT_CGROUP_OneDeviceProgramServesManyGroups) {
  if (!device_programs_work()) GTEST_SKIP() << "needs CGROUP: the kernel refuses to load one";
  DevicePrograms programs;
  const runtime::FdSlot first = programs.get(standard_device_rules());
  EXPECT_EQ(programs.get(standard_device_rules()), first);
  EXPECT_NE(programs.get({}), first);
  for (std::uint32_t i = 0; i < 200; ++i)
    programs.get({{DeviceRule::Type::kChar, i, {}, true, false, false}});
  EXPECT_EQ(programs.get(standard_device_rules()), first);  // still in use here, so still there
}

TEST_F(LiveGroups, ROOT_CGROUP_FindInitFindsPidOneOfTheContainer) {
  create();
  const Child init = spawn(
      [](int tell) {
        if (fork() == 0) sleep_for_ever();
        say(tell, 'r');
        return sleep_for_ever();
      },
      CLONE_NEWPID);
  ASSERT_EQ(init.hear(), 'r');
  const Child further = spawn_exec(tell_and_sleep);
  ASSERT_EQ(further.hear(), 'r');
  EXPECT_EQ(find_init(group(), "/proc"), init.pid());
  EXPECT_EQ(processes(group()).size(), 3U);
  ::kill(init.pid(), SIGKILL);
  while (init.state() != 'Z') usleep(1000);
  EXPECT_EQ(find_init(group(), "/proc"), std::nullopt);
}

}  // namespace
}  // namespace croft::cgroups
