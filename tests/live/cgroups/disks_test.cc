// The disks under real file systems on loop devices.
#include "cgroups/disks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "cgroups/lines.h"
#include "tests/live/cgroups/loop_disk.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kLoopMajor = 7;

TEST(LiveDisks, ROOT_Ext4OnALoopDevice) {
  const OnLoop made("mke2fs -q -F");
  if (!made.mounted()) GTEST_SKIP() << "needs ROOT: no ext4 on a loop device here";
  const Disks disks = disks_under({}, made.path());
  ASSERT_EQ(disks.devices.size(), 1U) << disks.reason;
  EXPECT_EQ(disks.devices[0].major, kLoopMajor);
}

TEST(LiveDisks, BTRFS_ROOT_ASubvolumeHasANumberThatNoDeviceHas) {
  const OnLoop made("mkfs.btrfs -q");
  if (!made.mounted()) GTEST_SKIP() << "needs BTRFS: no btrfs on a loop device here";
  ASSERT_EQ(std::system(("btrfs -q subvolume create " + made.path() + "/sub").c_str()), 0);
  for (const std::string& path : {made.path(), made.path() + "/sub"}) {
    const Disks disks = disks_under({}, path);
    ASSERT_EQ(disks.devices.size(), 1U) << disks.reason;
    EXPECT_EQ(disks.devices[0].major, kLoopMajor);
  }
}

TEST(LiveDisks, MemoryHasNone) {
  const Disks disks = disks_under({}, "/proc");
  EXPECT_THAT(disks.devices, ElementsAre());
  EXPECT_THAT(disks.reason, HasSubstr("proc"));
}

TEST(LiveDisks, EveryDeviceFoundIsAWholeDisk) {
  for (const char* path : {"/", "/var", "/tmp"})
    for (const BlockDevice& device : disks_under({}, path).devices) {
      const std::string folder = "/sys/dev/block/" + to_text(device);
      EXPECT_TRUE(runtime::exists(folder + "/queue")) << path;
      EXPECT_FALSE(runtime::exists(folder + "/partition")) << path;
    }
}

}  // namespace
}  // namespace croft::cgroups
