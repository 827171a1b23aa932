#include "cgroups/hierarchy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroups/group.h"
#include "cgroups/mountinfo.h"
#include "cgroups/v1/drivers.h"
#include "cgroups/v2/drivers.h"
#include "tests/unit/cgroups/tree.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Hierarchy, PureV2ServesEverythingFromOneDirectory) {
  HostTree tree;
  fill_v2(tree);
  const Layout layout = detect(tree.roots(), true);
  EXPECT_EQ(layout.kind(), "v2");
  ASSERT_EQ(layout.hierarchies.size(), 1U);
  EXPECT_EQ(layout.hierarchies[0].mount, tree.sys("").substr(0, tree.sys("").size() - 1));
  EXPECT_THAT(layout.hierarchies[0].needed, ElementsAre("cpu", "cpuset", "hugetlb", "io", "memory", "pids"));
  ASSERT_TRUE(layout.memory && layout.cpu && layout.tasks && layout.devices && layout.freeze && layout.kill);
  EXPECT_EQ(layout.memory->driver, &v2::kMemory);
  EXPECT_EQ(layout.devices->driver, &v2::kDevices);
  EXPECT_EQ(layout.freeze->driver, &v2::kFreeze);
  EXPECT_FALSE(layout.systemd);
  EXPECT_EQ(layout.kernel, 6001U);
  EXPECT_THAT(used_hierarchies(layout), ElementsAre(0U));
}

TEST(Hierarchy, HybridTakesLimitsFromV1AndTheRestFromUnified) {
  HostTree tree;
  fill_hybrid(tree);
  const Layout layout = detect(tree.roots(), true);
  EXPECT_EQ(layout.kind(), "hybrid");
  ASSERT_TRUE(layout.unified && layout.systemd && layout.memory && layout.cpu && layout.tasks);
  EXPECT_EQ(layout.hierarchies[layout.memory->hierarchy].mount, tree.sys("memory"));
  EXPECT_EQ(layout.memory->driver, &v1::kMemory);
  EXPECT_EQ(layout.tasks->driver, &v1::kTasks);
  EXPECT_EQ(layout.cpu_usage->driver, &v2::kCpuUsage);
  EXPECT_EQ(layout.devices->hierarchy, *layout.unified);
  EXPECT_EQ(layout.freeze->driver, &v2::kFreeze);
  EXPECT_EQ(layout.hierarchies[*layout.systemd].name, "systemd");
  EXPECT_EQ(layout.io->driver, &v1::kIo);
  EXPECT_EQ(layout.cpuset->driver, &v1::kCpuset);
  EXPECT_EQ(layout.hugetlb->driver, &v2::kHugetlb);
  EXPECT_THAT(layout.hierarchies[*layout.unified].needed, ElementsAre("hugetlb"));
  EXPECT_EQ(used_hierarchies(layout).size(), layout.hierarchies.size());
}

TEST(Hierarchy, HybridWithoutDeviceProgramsUsesTheV1Controller) {
  HostTree tree;
  fill_hybrid(tree);
  const Layout layout = detect(tree.roots(), false);
  ASSERT_TRUE(layout.devices);
  EXPECT_EQ(layout.devices->driver, &v1::kDevices);
  EXPECT_EQ(layout.hierarchies[layout.devices->hierarchy].mount, tree.sys("devices"));
}

TEST(Hierarchy, V1WithControllersMountedTogether) {
  HostTree tree;
  fill_v1(tree);
  const Layout layout = detect(tree.roots(), true);
  EXPECT_EQ(layout.kind(), "v1");
  ASSERT_TRUE(layout.cpu && layout.cpu_usage && layout.freeze && layout.kill);
  EXPECT_EQ(layout.cpu->hierarchy, layout.cpu_usage->hierarchy);
  EXPECT_EQ(layout.cpu_usage->driver, &v1::kCpuUsage);
  EXPECT_EQ(layout.freeze->driver, &v1::kFreeze);
  EXPECT_EQ(layout.kill->hierarchy, layout.freeze->hierarchy);
  EXPECT_THAT(layout.hierarchies[layout.cpu->hierarchy].needed, ElementsAre("cpu", "cpuacct"));
}

TEST(Hierarchy, PartOfTheControllersIsNoError) {
  HostTree tree;
  tree.v1("pids", "rw,pids");
  tree.v1("memory", "ro,memory");
  tree.file("proc/self/cgroup", "3:cpu:/\n2:memory:/\n1:pids:/\n");
  tree.file("proc/cgroups",
            "#subsys_name\thierarchy\tnum_cgroups\tenabled\nfreezer\t0\t1\t0\ndevices\t0\t1\t1\n");
  const Layout layout = detect(tree.roots(), true);
  ASSERT_TRUE(layout.tasks);
  EXPECT_FALSE(layout.memory);
  EXPECT_FALSE(layout.freeze);
  EXPECT_EQ(layout.kill->hierarchy, layout.tasks->hierarchy);
  EXPECT_THAT(layout.absent.at("memory").reason, HasSubstr("mounted nowhere that can be written"));
  EXPECT_THAT(layout.absent.at("cpu").cure, HasSubstr("mount -t cgroup -o cpu"));
  EXPECT_THAT(layout.absent.at("freezer").cure, HasSubstr("cgroup_disable=freezer"));
  EXPECT_THAT(layout.absent.at("devices").cure, HasSubstr("mount -t cgroup2"));
}

TEST(Hierarchy, StrayV1MountsDoNotMakeAHostHybrid) {
  HostTree tree;
  fill_v2(tree);
  tree.v1("net_cls", "rw,net_cls");
  tree.v1("systemd", "rw,name=systemd");
  tree.v1("blkio", "rw,blkio");
  tree.v2("", "rw,nsdelegate,memory_recursiveprot", "cpuset cpu memory hugetlb pids");
  tree.file("proc/self/cgroup", "3:blkio:/\n2:net_cls:/\n1:name=systemd:/\n0::/\n");
  const Layout layout = detect(tree.roots(), true);
  EXPECT_FALSE(layout.io);
  EXPECT_THAT(layout.absent.at("io").reason, HasSubstr("has taken it"));
  EXPECT_THAT(used_hierarchies(layout), ElementsAre(*layout.unified));
  EXPECT_EQ(layout.kind(), "v2");
  EXPECT_FALSE(layout.systemd);
  EXPECT_EQ(layout.inside.size(), 1U);
}

TEST(Hierarchy, SwapAccounting) {
  HostTree tree;
  fill_v2(tree);
  EXPECT_FALSE(detect(tree.roots(), true).absent.contains("swap"));
  tree.file("proc/cmdline", "quiet swapaccount=0\n");
  EXPECT_FALSE(detect(tree.roots(), true).absent.contains("swap"));  // since 6.1 nothing to choose
  tree.file("proc/sys/kernel/osrelease", "5.15.0\n");
  EXPECT_TRUE(detect(tree.roots(), true).absent.contains("swap"));
  HostTree older;
  fill_hybrid(older);
  EXPECT_TRUE(detect(older.roots(), true).absent.contains("swap"));
  older.file("sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "");
  EXPECT_FALSE(detect(older.roots(), true).absent.contains("swap"));
}

TEST(Hierarchy, NothingMountedGivesAnEmptyLayout) {
  const HostTree tree;
  const Layout layout = detect(tree.roots(), true);
  EXPECT_EQ(layout.kind(), "none");
  EXPECT_TRUE(used_hierarchies(layout).empty());
  EXPECT_THAT(layout.absent.at("memory").reason, HasSubstr("does not have it"));
}

TEST(Hierarchy, AHiddenMountIsPassedOverForTheNextOne) {
  HostTree tree;
  tree.line("40 31 0:30 / /sys/fs/cgroup/gone rw - cgroup2 none rw");
  tree.v2("unified", "rw", "");
  tree.line("41 31 0:30 / /sys/fs/cgroup/again rw - cgroup2 none rw");
  tree.file("sys/fs/cgroup/again/cgroup.procs", "");
  const Layout layout = detect(tree.roots(), true);
  ASSERT_EQ(layout.hierarchies.size(), 1U);
  EXPECT_EQ(layout.hierarchies[0].mount, tree.sys("unified"));
  EXPECT_TRUE(layout.hierarchies[0].controllers.empty());
}

TEST(Mountinfo, ReadsEscapesOptionalFieldsAndReadOnlyMounts) {
  const auto mounts = cgroup_mounts(
      "1 2 0:1 / /a\\040b rw,relatime shared:1 master:2 - cgroup cgroup rw,cpu\n"
      "1 2 0:1 / /c ro,relatime - cgroup2 cgroup2 rw,nsdelegate\n"
      "1 2 0:1 / /d rw - tmpfs tmpfs rw\n"
      "damaged line\n"
      "1 2 0:1 / /e rw - cgroup\n");
  ASSERT_EQ(mounts.size(), 2U);
  EXPECT_EQ(mounts[0].point, "/a b");
  EXPECT_TRUE(mounts[0].writable);
  EXPECT_THAT(mounts[0].options, ElementsAre("rw", "cpu"));
  EXPECT_EQ(mounts[1].type, "cgroup2");
  EXPECT_FALSE(mounts[1].writable);
}

}  // namespace
}  // namespace croft::cgroups
