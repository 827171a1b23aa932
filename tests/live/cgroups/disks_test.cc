// The disks under real file systems on loop devices.
#include "cgroups/disks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "cgroups/lines.h"
#include "runtime/error.h"

namespace croft::cgroups {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A file system of this kind on a loop device, for the length of a test.
class OnLoop {
 public:
  explicit OnLoop(const std::string& maker)
      : top_(std::filesystem::temp_directory_path() / "croft-test-XXXXXX") {
    if (mkdtemp(top_.data()) == nullptr) runtime::fail_errno("cannot make a temporary directory");
    const std::string image = top_ + "/croft-test-image";
    mounted_ = std::system(("truncate -s 128M " + image + " && " + maker + " " + image + " >" + top_ +
                            "/log 2>&1 && mkdir " + top_ + "/m && mount -o loop " + image + " " + top_ + "/m")
                               .c_str()) == 0;
  }
  OnLoop(const OnLoop&) = delete;
  OnLoop& operator=(const OnLoop&) = delete;
  ~OnLoop() {
    if (mounted_) static_cast<void>(std::system(("umount " + top_ + "/m").c_str()));
    std::filesystem::remove_all(top_);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string path() const { return top_ + "/m"; }

 private:
  std::string top_;
  bool mounted_ = false;
};

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
