// Container roots on this machine's own file system: what the container sees, owns and writes.
#include "fs/overlay.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>

#include "fs/idmap.h"
#include "fs/pool.h"
#include "tests/live/fs/container_root.h"

namespace croft::fs {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;
using test::kBase;

struct stat stat_at(const Fd& dir, const char* name) {
  struct stat info {};
  if (fstatat(dir.get(), name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    runtime::fail_errno(std::string("cannot stat ") + name);
  return info;
}

void put_file(const std::string& path, const std::string& content, mode_t mode, uid_t owner) {
  runtime::replace_file(path, content, mode, false);
  if (chown(path.c_str(), owner, owner) != 0 || chmod(path.c_str(), mode) != 0)
    runtime::fail_errno("chown " + path);
}

std::size_t mount_count() {
  std::ifstream file("/proc/self/mountinfo");
  return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
}

// The kinds of overlay that a kernel may have to use; each test body runs for each that works here.
class Overlay : public testing::TestWithParam<LayerWay> {
 protected:
  void SetUp() override {
    if (getuid() != 0) GTEST_SKIP() << "needs ROOT: mounts";
    make_layers();
    runtime::make_directories(directory_ / "staging", 0700);
    RootFacts found;
    try {
      found = probe_root(directory_.path(), directory_ / "staging");
    } catch (const Error& error) {
      GTEST_SKIP() << "needs overlay: " << error.what();
    }
    if (found.mode != RootMode::kIdmapped) GTEST_SKIP() << "needs id-mapped layers: " << found.reason;
    if (GetParam() < found.way) GTEST_SKIP() << "needs KERNEL: a newer one for this way of giving layers";
    found.way = GetParam();
    facts_ = std::make_shared<RootFacts>(found);
    userns_ = runtime::make_slot(make_user_namespace(kBase));
    files_.apply();
  }

  // Two layers with the characters that overlay's option text gives a meaning, each with a file of the
  // other's name.
  void make_layers() {
    for (const std::string& layer : {top_, bottom_}) {
      runtime::make_directories(layer, 0755);
      runtime::make_directories(layer + "/etc", 0755);
    }
    put_file(bottom_ + "/etc/passwd", "bottom", 0644, 0);
    put_file(bottom_ + "/etc/shadow", "secret", 0640, 42);
    put_file(bottom_ + "/gone", "removed by the top layer", 0644, 0);
    put_file(bottom_ + "/setuid", "program", 04755, 0);
    put_file(bottom_ + "/beyond", "owner outside the range", 0644, 70000);
    put_file(top_ + "/etc/passwd", "top", 0644, 0);
    ASSERT_EQ(mknod((bottom_ + "/null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
    ASSERT_EQ(mknod((top_ + "/gone").c_str(), S_IFCHR, makedev(0, 0)), 0);
    const unsigned char capability[20] = {1, 0, 0, 2, 0, 32};  // v2, effective, cap_net_raw
    ASSERT_EQ(setxattr((bottom_ + "/etc/passwd").c_str(), "user.note", "x", 1, 0), 0);
    put_file(bottom_ + "/ping", "program", 0755, 0);
    ASSERT_EQ(setxattr((bottom_ + "/ping").c_str(), "security.capability", capability, sizeof capability, 0),
              0);
  }

  Fd mount_it() {
    MountRoot root = change();
    root.apply();
    return std::move(*root.out);
  }
  MountRoot change() {
    return MountRoot{
        facts_,  {top_, bottom_},     files_.paths.upper, files_.paths.work, directory_ / "staging",
        userns_, runtime::make_slot()};
  }

  test::TemporaryDirectory directory_;
  std::string top_ = directory_ / "top,a=b:c\\d";
  std::string bottom_ = directory_ / "bottom layer";
  MakeContainerFiles files_{container_paths(directory_ / "containers", "0000"), kBase,
                            open_pool(PoolKind::kDir, directory_.path())};
  std::shared_ptr<RootFacts> facts_;
  runtime::FdSlot userns_;
};

TEST_P(Overlay, ROOT_OwnersAppearInTheRange) {
  const Fd root = mount_it();
  EXPECT_EQ(stat_at(root, ".").st_uid, kBase);
  EXPECT_EQ(stat_at(root, "etc/shadow").st_uid, kBase + 42);
  EXPECT_EQ(stat_at(root, "etc/shadow").st_gid, kBase + 42);
  EXPECT_EQ(stat_at(root, "setuid").st_mode & 07777, 04755U);
  EXPECT_TRUE(test::as_container_root(*userns_, [&] {
    EXPECT_EQ(stat_at(root, "etc/shadow").st_uid, 42U);
    EXPECT_EQ(stat_at(root, ".").st_uid, 0U);
    EXPECT_EQ(stat_at(root, "beyond").st_uid, 65534U);
    EXPECT_EQ(runtime::read_file_at(root, "etc/shadow"), "secret");
  }));
}

TEST_P(Overlay, ROOT_TopLayerWinsAndWhiteoutsHide) {
  const Fd root = mount_it();
  EXPECT_EQ(runtime::read_file_at(root, "etc/passwd"), "top");
  EXPECT_EQ(faccessat(root.get(), "gone", F_OK, 0), -1);
  EXPECT_EQ(errno, ENOENT);
}

TEST_P(Overlay, ROOT_ContainerRootWritesAndLayersStay) {
  const Fd root = mount_it();
  EXPECT_TRUE(test::as_container_root(*userns_, [&] {
    const Fd shadow = runtime::open_at(root, "etc/shadow", O_WRONLY | O_APPEND);
    EXPECT_EQ(write(shadow.get(), "!", 1), 1);
    EXPECT_EQ(fchownat(root.get(), "etc/passwd", 7, 7, 0), 0);
    EXPECT_EQ(mkdirat(root.get(), "new", 0755), 0);
    EXPECT_EQ(unlinkat(root.get(), "setuid", 0), 0);
    EXPECT_EQ(renameat(root.get(), "etc/shadow", root.get(), "new/shadow"), 0) << strerror(errno);
    EXPECT_EQ(renameat(root.get(), "new", root.get(), "moved"), 0) << strerror(errno);
    EXPECT_EQ(linkat(root.get(), "moved/shadow", root.get(), "etc/link", 0), 0) << strerror(errno);
    // The price of redirect_dir=off: a directory of the template is copied by mv, not renamed.
    EXPECT_EQ(renameat(root.get(), "etc", root.get(), "etc2"), -1);
    EXPECT_EQ(errno, EXDEV);
  }));
  const Fd upper = runtime::open_file(files_.paths.upper, O_PATH | O_DIRECTORY);
  EXPECT_EQ(stat_at(upper, "moved/shadow").st_uid, kBase + 42);
  EXPECT_EQ(stat_at(upper, "etc/passwd").st_uid, kBase + 7);
  EXPECT_EQ(stat_at(upper, "moved").st_uid, kBase);
  EXPECT_EQ(runtime::read_file_at(upper, "etc/link"), "secret!");
  EXPECT_EQ(runtime::read_file(bottom_ + "/etc/shadow"), "secret");
  EXPECT_TRUE(runtime::exists(bottom_ + "/setuid"));
}

TEST_P(Overlay, ROOT_AFileOfNobodysRangeCannotBeTaken) {
  const Fd root = mount_it();
  EXPECT_TRUE(test::as_container_root(*userns_, [&] {
    EXPECT_EQ(fchownat(root.get(), "beyond", 0, 0, 0), -1);
    EXPECT_EQ(openat(root.get(), "beyond", O_WRONLY | O_CLOEXEC), -1);
  }));
}

TEST_P(Overlay, ROOT_DeviceNodesOfALayerDoNotOpen) {
  const Fd root = mount_it();
  EXPECT_EQ(openat(root.get(), "null", O_RDONLY | O_CLOEXEC), -1);
  EXPECT_EQ(errno, EACCES);
  EXPECT_TRUE(test::as_container_root(*userns_, [&] {
    EXPECT_EQ(openat(root.get(), "null", O_RDONLY | O_CLOEXEC), -1);
    EXPECT_EQ(mknodat(root.get(), "mine", S_IFCHR | 0666, makedev(1, 3)), -1);
    EXPECT_EQ(errno, EPERM);
  }));
}

TEST_P(Overlay, ROOT_FileCapabilitiesBelongToTheContainer) {
  const Fd root = mount_it();
  EXPECT_TRUE(test::as_container_root(*userns_, [&] {
    unsigned char value[24] = {};
    const std::string path = "/proc/self/fd/" + std::to_string(root.get()) + "/ping";
    // Seen from inside, the root id is the viewer's own root, and the kernel shows the old form without one.
    EXPECT_EQ(getxattr(path.c_str(), "security.capability", value, sizeof value), 20) << strerror(errno);
    EXPECT_EQ(value[3], 2);
    EXPECT_EQ(value[5], 32);
    // It survives copy-up, which a change of times causes (a write or chown would rightly clear it).
    EXPECT_EQ(utimensat(root.get(), "ping", nullptr, 0), 0);
    EXPECT_EQ(getxattr(path.c_str(), "security.capability", value, sizeof value), 20) << strerror(errno);
  }));
}

TEST_P(Overlay, ROOT_InodeNumbersAreUniqueAndStayOverCopyUp) {
  const Fd root = mount_it();
  const struct stat before = stat_at(root, "setuid");
  EXPECT_NE(before.st_ino, stat_at(root, "ping").st_ino);
  EXPECT_EQ(before.st_dev, stat_at(root, "etc").st_dev);
  const Fd file = runtime::open_at(root, "setuid", O_WRONLY | O_APPEND);
  EXPECT_EQ(write(file.get(), "x", 1), 1);
  EXPECT_EQ(stat_at(root, "setuid").st_ino, before.st_ino);
}

TEST_P(Overlay, ROOT_NothingStaysAttachedAndNoHostPathShows) {
  const std::size_t before = mount_count();
  const int lowest = Fd(open("/", O_PATH | O_CLOEXEC)).get();
  {
    const Fd root = mount_it();
    EXPECT_EQ(mount_count(), before);
    EXPECT_TRUE(test::in_own_mounts([&] {
      ASSERT_EQ(move_mount(root.get(), "", AT_FDCWD, "/mnt", MOVE_MOUNT_F_EMPTY_PATH), 0);
      std::ifstream file("/proc/self/mounts");
      std::string line;
      while (std::getline(file, line))
        if (line.find(" /mnt ") != std::string::npos) {
          EXPECT_EQ(line.find("croft-test"), std::string::npos) << line;
          EXPECT_NE(line.find("nodev"), std::string::npos) << line;
          EXPECT_EQ(line.find("nosuid"), std::string::npos) << line;
          EXPECT_EQ(line.find("overlay /mnt overlay"), 0U) << line;
        }
    }));
  }
  EXPECT_EQ(Fd(open("/", O_PATH | O_CLOEXEC)).get(), lowest) << "a descriptor was left open";
  EXPECT_EQ(rmdir((directory_ / "staging").c_str()), 0) << strerror(errno);
}

// As systemd leaves a host's mounts. The kernel makes no shared mount a process's root.
TEST_P(Overlay, ROOT_ASharedPoolDoesNotMakeASharedRoot) {
  EXPECT_TRUE(test::in_own_mounts([&] {
    const char* pool = directory_.path().c_str();
    ASSERT_EQ(mount(pool, pool, nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(mount(nullptr, pool, nullptr, MS_SHARED, nullptr), 0);
    prepare_staging(directory_ / "staging");
    const Fd root = mount_it();
    ASSERT_EQ(move_mount(root.get(), "", AT_FDCWD, "/mnt", MOVE_MOUNT_F_EMPTY_PATH), 0);
    std::ifstream file("/proc/self/mountinfo");
    bool seen = false;
    for (std::string line; std::getline(file, line);) {
      if (line.find(" /mnt ") == std::string::npos) continue;
      seen = true;
      EXPECT_EQ(line.find("shared:"), std::string::npos) << line;
    }
    EXPECT_TRUE(seen);
  }));
}

TEST_P(Overlay, ROOT_AHundredLayers) {
  MountRoot root = change();
  for (int i = 0; i < 100; ++i) {
    const std::string layer = directory_ / ("layer" + std::to_string(i));
    runtime::make_directories(layer, 0755);
    put_file(layer + "/from" + std::to_string(i), "x", 0644, 0);
    root.layers.push_back(layer);
  }
  root.apply();
  EXPECT_EQ(stat_at(*root.out, "from0").st_uid, kBase);
  EXPECT_EQ(stat_at(*root.out, "from99").st_uid, kBase);
}

TEST_P(Overlay, ROOT_WrongRequestsSayWhatIsWrong) {
  const std::size_t before = mount_count();
  MountRoot missing = change();
  missing.layers.push_back(directory_ / "no-such-layer");
  try {
    missing.apply();
    ADD_FAILURE() << "mounted a layer that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_NE(std::string(error.what()).find("no-such-layer"), std::string::npos) << error.what();
  }
  MountRoot many = change();
  many.layers.assign(kMaxLayers + 1, top_);
  EXPECT_THROW(many.apply(), Error);
  MountRoot none = change();
  none.layers.clear();
  EXPECT_THROW(none.apply(), Error);
  MountRoot work = change();
  work.work = "/proc";
  EXPECT_THROW(work.apply(), Error);
  EXPECT_FALSE(*work.out);
  EXPECT_EQ(mount_count(), before);
  EXPECT_EQ(rmdir((directory_ / "staging").c_str()), 0) << strerror(errno);
}

INSTANTIATE_TEST_SUITE_P(Ways, Overlay,
                         testing::Values(LayerWay::kDetached, LayerWay::kStaged, LayerWay::kClassic),
                         [](const auto& way) {
                           return std::string(way.param == LayerWay::kDetached ? "KERNEL_Detached"
                                              : way.param == LayerWay::kStaged ? "KERNEL_Staged"
                                                                               : "Classic");
                         });

TEST(Probe, ROOT_LeavesNothingBehind) {
  if (getuid() != 0) GTEST_SKIP() << "needs ROOT: mounts";
  const test::TemporaryDirectory directory;
  runtime::make_directories(directory / "staging", 0700);
  const std::size_t before = mount_count();
  EXPECT_EQ(probe_root(directory.path(), directory / "staging", true).mode, RootMode::kShifted);
  static_cast<void>(choose_root_mode(directory.path(), directory / "staging"));
  EXPECT_EQ(mount_count(), before);
  EXPECT_EQ(rmdir((directory / "staging").c_str()), 0);
  EXPECT_EQ(rmdir(directory.path().c_str()), 0) << "something is left in the pool";
  ASSERT_EQ(mkdir(directory.path().c_str(), 0700), 0);
}

TEST(Probe, ROOT_ImpossiblePoolSaysWhatToDo) {
  if (getuid() != 0) GTEST_SKIP() << "needs ROOT: mounts";
  const test::TemporaryDirectory directory;
  EXPECT_TRUE(test::in_own_mounts([&] {
    // ramfs has no extended attributes, without which overlay takes nothing as an upper directory.
    ASSERT_EQ(mount("croft-test", directory.path().c_str(), "ramfs", 0, nullptr), 0);
    runtime::make_directories(directory / "staging", 0700);
    try {
      const RootFacts facts = probe_root(directory.path(), directory / "staging");
      ADD_FAILURE() << "ramfs became a pool in mode " << to_text(facts.mode);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
      EXPECT_NE(std::string(error.what()).find("--data"), std::string::npos) << error.what();
    }
  }));
}

TEST(Staging, ROOT_IsPrivateAndReplacesAnOldOne) {
  if (getuid() != 0) GTEST_SKIP() << "needs ROOT: mounts";
  const test::TemporaryDirectory directory;
  EXPECT_TRUE(test::in_own_mounts([&] {
    prepare_staging(directory / "staging");
    const std::size_t once = mount_count();
    runtime::make_directories(directory / "staging/layers-left/over", 0700);
    prepare_staging(directory / "staging");
    EXPECT_EQ(mount_count(), once);
    EXPECT_FALSE(runtime::exists(directory / "staging/layers-left"));
  }));
}

}  // namespace
}  // namespace croft::fs
