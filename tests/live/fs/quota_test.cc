// Quotas on real file systems in loop files. A kernel without quotas, as some that were made for one purpose
// have, cannot mount them.
#include "fs/quota.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "fs/idmap.h"
#include "fs/pool.h"
#include "tests/live/fs/container_root.h"

namespace croft::fs {
namespace {

constexpr std::uint64_t kMega = 1U << 20;
constexpr Project kProject = test::kBase;

void shell(const std::string& command) {
  if (std::system(command.c_str()) != 0) throw runtime::Error(runtime::ErrorKind::kSystem, command);
}

class Quota : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (getuid() != 0) GTEST_SKIP() << "needs ROOT: mounts";
    const bool ext4 = std::string(GetParam()) == "ext4";
    const std::string image = directory_ / "image";
    shell("truncate -s 512M " + image);
    runtime::make_directories(pool(), 0755);
    try {
      shell(ext4 ? "mke2fs -q -t ext4 -O quota,project " + image + " 2>&1"
                 : "mkfs.xfs -q " + image + " 2>&1");
      shell("mount -o loop,prjquota " + image + " " + pool() + " 2>/dev/null");
    } catch (const runtime::Error&) {
      GTEST_SKIP() << "needs QUOTA: this host cannot make " << GetParam() << " with quotas of projects";
    }
    mounted_ = true;
    quotas_.emplace(pool());
  }
  void TearDown() override {
    quotas_.reset();
    if (!mounted_) return;
    EXPECT_EQ(umount2(pool().c_str(), 0), 0);
  }

  [[nodiscard]] std::shared_ptr<const Pool> opened() const {
    return open_pool(*pool_kind_of(GetParam()), pool());
  }
  [[nodiscard]] std::string pool() const { return directory_ / "pool"; }
  ContainerPaths make(const std::string& name, Project project, const QuotaLimits& limits) {
    const ContainerPaths paths = container_paths(pool(), name);
    MakeContainerFiles{.paths = paths, .root_id = project, .pool = opened(), .limits = limits}.apply();
    return paths;
  }

  // `body` with the credentials of a container's root; a path that it uses begins in `folder`.
  static bool as_root_in(const std::string& folder, const std::function<void()>& body) {
    const runtime::Fd userns = make_user_namespace(test::kBase);
    return test::in_child([&] {
      if (chdir(folder.c_str()) != 0) runtime::fail_errno("cannot enter " + folder);
      EXPECT_TRUE(test::as_container_root(userns, body));
    });
  }

  test::TemporaryDirectory directory_;
  bool mounted_ = false;
  std::optional<Quotas> quotas_;
};

// The bytes of `file` until the file system refuses more, up to `most`; as a container's root would write.
std::uint64_t written(const std::string& file, std::uint64_t most) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const std::string piece(64 << 10, 'x');
  std::uint64_t sum = 0;
  while (fd >= 0 && sum < most) {
    const ssize_t count = write(fd, piece.data(), piece.size());
    if (count < 0) break;
    sum += static_cast<std::uint64_t>(count);
  }
  const int why = errno;
  if (fd >= 0) close(fd);
  EXPECT_TRUE(sum >= most || why == EDQUOT || why == ENOSPC) << strerror(why);
  return sum;
}

std::uint64_t files_made(std::uint64_t most) {
  for (std::uint64_t i = 0; i < most; ++i) {
    const int fd = open(std::to_string(i).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return i;
    close(fd);
  }
  return most;
}

TEST_P(Quota, QUOTA_ROOT_IsKeptByTheKernel) {
  EXPECT_TRUE(quotas_->kept()) << quotas_->absent();
  EXPECT_EQ(quotas_->file_system(), GetParam());
}

TEST_P(Quota, QUOTA_ROOT_BytesEndAtTheLimitAndNobodyElseIsHurt) {
  const ContainerPaths one = make("one", kProject, {.bytes = 20 * kMega, .inodes = {}});
  const ContainerPaths two = make("two", kProject + 65536, {.bytes = 100 * kMega, .inodes = {}});
  EXPECT_TRUE(as_root_in(one.upper, [&] {
    const std::uint64_t bytes = written("big", 64 * kMega);
    EXPECT_LE(bytes, 20 * kMega);
    EXPECT_GE(bytes, 19 * kMega);
    EXPECT_LT(files_made(100000), 100000U) << "no room for what a directory holds";
  }));
  EXPECT_EQ(written(two.upper + "/big", 64 * kMega), 64 * kMega);
  EXPECT_GE(quotas_->use(kProject).bytes, 19 * kMega);
  EXPECT_LE(quotas_->use(kProject).bytes, 21 * kMega);
}

TEST_P(Quota, QUOTA_ROOT_InodesEndAtTheLimit) {
  const ContainerPaths one = make("one", kProject, {.bytes = {}, .inodes = 200});
  EXPECT_TRUE(as_root_in(one.upper, [&] {
    const std::uint64_t made = files_made(1000);
    EXPECT_LE(made, 200U);
    EXPECT_GE(made, 190U);
  }));
  EXPECT_LE(quotas_->use(kProject).inodes, 200U);
}

TEST_P(Quota, QUOTA_ROOT_TheDiskShowsAsLargeAsItsLimit) {
  const ContainerPaths one = make("one", kProject, {.bytes = 64 * kMega, .inodes = 5000});
  struct statvfs disk {};
  ASSERT_EQ(statvfs(one.upper.c_str(), &disk), 0);
  EXPECT_EQ(disk.f_blocks * disk.f_frsize, 64 * kMega);
  EXPECT_EQ(disk.f_files, 5000U);
  quotas_->set(kProject, {.bytes = 128 * kMega, .inodes = 9000});
  ASSERT_EQ(statvfs(one.upper.c_str(), &disk), 0);
  EXPECT_EQ(disk.f_blocks * disk.f_frsize, 128 * kMega);
  EXPECT_EQ(disk.f_files, 9000U);
}

TEST_P(Quota, QUOTA_ROOT_LimitsMoveBothWaysAndAreReadBack) {
  const ContainerPaths one = make("one", kProject, {.bytes = 8 * kMega, .inodes = {}});
  EXPECT_TRUE(as_root_in(one.upper, [&] { written("a", 64 * kMega); }));
  SetQuota raise{.pool = opened(),
                 .object = "one",
                 .paths = one,
                 .project = kProject,
                 .before = quotas_->limits(kProject),
                 .after = {.bytes = 32 * kMega, .inodes = 100}};
  raise.apply();
  EXPECT_EQ(quotas_->limits(kProject), raise.after);
  EXPECT_TRUE(as_root_in(one.upper, [&] { EXPECT_GE(written("b", 20 * kMega), 20 * kMega); }));
  raise.undo();
  EXPECT_EQ(quotas_->limits(kProject), (QuotaLimits{.bytes = 8 * kMega, .inodes = {}}));
  EXPECT_TRUE(as_root_in(one.upper, [&] { EXPECT_EQ(written("c", kMega), 0U); }));
  quotas_->set(kProject, {});
  EXPECT_EQ(quotas_->limits(kProject), QuotaLimits{});
}

TEST_P(Quota, QUOTA_ROOT_TheContainersRootCannotLeaveItsProject) {
  const ContainerPaths one = make("one", kProject, {.bytes = 8 * kMega, .inodes = {}});
  EXPECT_TRUE(as_root_in(one.upper, [&] {
    const runtime::Fd upper = runtime::open_file(".", O_RDONLY | O_DIRECTORY);
    fsxattr attributes{};
    ASSERT_EQ(ioctl(upper.get(), FS_IOC_FSGETXATTR, &attributes), 0);
    EXPECT_EQ(attributes.fsx_projid, kProject);
    attributes.fsx_projid = 7;
    EXPECT_NE(ioctl(upper.get(), FS_IOC_FSSETXATTR, &attributes), 0);
    attributes.fsx_projid = kProject;
    attributes.fsx_xflags &= ~static_cast<unsigned>(FS_XFLAG_PROJINHERIT);
    EXPECT_NE(ioctl(upper.get(), FS_IOC_FSSETXATTR, &attributes), 0);
  }));
}

TEST_P(Quota, QUOTA_ROOT_OverlayWritesCountAndEndToo) {
  const ContainerPaths one = make("one", kProject, {.bytes = 16 * kMega, .inodes = {}});
  const std::string lower = directory_ / "lower";
  const std::string merged = directory_ / "merged";
  runtime::make_directories(lower, 0755);
  runtime::make_directories(merged, 0755);
  shell("dd if=/dev/zero of=" + lower + "/file bs=1M count=4 2>/dev/null");
  ASSERT_EQ(chown((lower + "/file").c_str(), kProject, kProject), 0);
  const std::string options = "lowerdir=" + lower + ",upperdir=" + one.upper + ",workdir=" + one.work;
  ASSERT_EQ(mount("overlay", merged.c_str(), "overlay", 0, options.c_str()), 0) << strerror(errno);
  EXPECT_TRUE(as_root_in(merged, [&] {
    EXPECT_EQ(truncate("file", 4 * kMega - 1), 0) << "copied up";
    const std::uint64_t bytes = written("big", 64 * kMega);
    EXPECT_LE(bytes, 12 * kMega);
    EXPECT_GE(bytes, 11 * kMega);
    struct statvfs disk {};
    EXPECT_EQ(statvfs(".", &disk), 0);
    EXPECT_EQ(disk.f_blocks * disk.f_frsize, 16 * kMega);
  }));
  EXPECT_EQ(umount2(merged.c_str(), 0), 0);
}

TEST_P(Quota, QUOTA_ROOT_UndoLeavesNoLimit) {
  const ContainerPaths paths = container_paths(pool(), "one");
  const MakeContainerFiles files{
      .paths = paths, .root_id = kProject, .pool = opened(), .limits = {.bytes = kMega, .inodes = 100}};
  files.apply();
  EXPECT_EQ(quotas_->limits(kProject), files.limits);
  files.undo();
  EXPECT_FALSE(runtime::exists(paths.directory));
  EXPECT_EQ(quotas_->limits(kProject), QuotaLimits{});
}

INSTANTIATE_TEST_SUITE_P(On, Quota, testing::Values("ext4", "xfs"),
                         [](const auto& one) { return std::string(one.param); });

TEST(NoQuota, ROOT_SaysWhyAndWhatToDo) {
  const test::TemporaryDirectory directory;
  runtime::make_directories(directory / "tmpfs", 0755);
  if (mount("croft-test", (directory / "tmpfs").c_str(), "tmpfs", 0, nullptr) != 0)
    GTEST_SKIP() << "needs ROOT: mounts";
  {
    const Quotas quotas(directory / "tmpfs");
    EXPECT_FALSE(quotas.kept());
    EXPECT_EQ(quotas.absent(), "tmpfs has no quotas for directories");
    EXPECT_NE(quotas.cure().find("xfs or ext4"), std::string::npos);
  }
  EXPECT_EQ(umount2((directory / "tmpfs").c_str(), 0), 0);
}

TEST(NoQuota, ADirectoryThatIsNotThere) {
  const Quotas quotas("/nonexistent/croft");
  EXPECT_FALSE(quotas.kept());
  EXPECT_NE(quotas.absent().find("/nonexistent/croft"), std::string::npos);
}

}  // namespace
}  // namespace croft::fs
