// runtime::remove_tree against trees as a hostile container would leave them, on the real file system.
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::runtime {
namespace {

std::string temporary_directory() {
  std::string name = testing::TempDir() + "croft-test-remove-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) fail_errno("cannot make a temporary directory");
  return name;
}

// A chain of `depth` directories below `path`, each with a file in it; gives false when the file system
// refuses.
void make_chain(const std::string& path, int depth) {
  Fd dir = open_file(path, O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < depth; ++i) {
    ASSERT_EQ(mkdirat(dir.get(), "d", 0700), 0) << i;
    ASSERT_TRUE(Fd(openat(dir.get(), "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0600))) << i;
    dir = open_at(dir, "d", O_RDONLY | O_DIRECTORY);
  }
}

// Runs `body` in a child with a mount namespace of its own; its exit status says whether all went well.
int in_own_mounts(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      _exit(3);
    try {
      body();
    } catch (const std::exception& error) {
      static_cast<void>(fprintf(stderr, "%s\n", error.what()));
      _exit(2);
    }
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(RemoveTree, MissingPathIsFine) {
  remove_tree(testing::TempDir() + "croft-test-there-is-nothing/at/all");
}

TEST(RemoveTree, FileAndDanglingLink) {
  const std::string top = temporary_directory();
  ASSERT_EQ(symlink("/nowhere", (top + "/link").c_str()), 0);
  replace_file(top + "/file", "x", 0400, false);
  remove_tree(top + "/link");
  remove_tree(top + "/file");
  EXPECT_FALSE(exists(top + "/link"));
  EXPECT_FALSE(exists(top + "/file"));
  remove_tree(top + "/");
  EXPECT_FALSE(exists(top));
}

TEST(RemoveTree, FollowsNoLink) {
  const std::string top = temporary_directory();
  make_directories(top + "/precious", 0700);
  replace_file(top + "/precious/file", "x", 0600, false);
  make_directories(top + "/tree/sub", 0700);
  ASSERT_EQ(symlink("../../precious", (top + "/tree/sub/out").c_str()), 0);
  ASSERT_EQ(symlink(top.c_str(), (top + "/tree/all").c_str()), 0);
  remove_tree(top + "/tree");
  EXPECT_FALSE(exists(top + "/tree"));
  EXPECT_TRUE(exists(top + "/precious/file"));
  remove_tree(top);
}

TEST(RemoveTree, TenThousandLevelsWithAFewDescriptors) {
  const std::string top = temporary_directory();
  make_chain(top, 10000);
  // A second chain beside the first, and a name that the remover would like to use for itself.
  make_directories(top + "/.croft-removing-1/x", 0700);
  replace_file(top + "/.croft-removing-2", "x", 0600, false);
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit few{100, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  remove_tree(top);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_FALSE(exists(top));
}

TEST(RemoveTree, WideDirectory) {
  const std::string top = temporary_directory();
  const Fd dir = open_file(top, O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 20000; ++i) {
    const std::string name = "entry-" + std::to_string(i);
    if (i % 2 == 0)
      ASSERT_EQ(mkdirat(dir.get(), name.c_str(), 0), 0);
    else
      ASSERT_TRUE(Fd(openat(dir.get(), name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0)));
  }
  remove_tree(top);
  EXPECT_FALSE(exists(top));
}

TEST(RemoveTree, ROOT_OddKindsAndModes) {
  if (getuid() != 0) GTEST_SKIP() << "needs ROOT: makes device nodes";
  const std::string top = temporary_directory();
  ASSERT_EQ(mkfifo((top + "/fifo").c_str(), 0), 0);
  ASSERT_EQ(mknod((top + "/device").c_str(), S_IFCHR | 0600, 0), 0);
  ASSERT_EQ(mknod((top + "/socket").c_str(), S_IFSOCK, 0), 0);
  make_directories(top + "/sealed/inner", 0700);
  ASSERT_EQ(chmod((top + "/sealed/inner").c_str(), 0), 0);
  ASSERT_EQ(chmod((top + "/sealed").c_str(), 01000), 0);
  remove_tree(top);
  EXPECT_FALSE(exists(top));
}

TEST(RemoveTree, ROOT_ImmutableAndAppendOnly) {
  if (getuid() != 0) GTEST_SKIP() << "needs ROOT: sets immutable marks";
  const std::string top = temporary_directory();
  make_directories(top + "/dir", 0700);
  replace_file(top + "/dir/file", "x", 0600, false);
  for (const char* name : {"/dir/file", "/dir"}) {
    const Fd fd = open_file(top + name, O_RDONLY);
    int flags = 0;
    if (ioctl(fd.get(), FS_IOC_GETFLAGS, &flags) != 0) {
      remove_tree(top);
      GTEST_SKIP() << "needs inode flags: this file system has none";
    }
    flags |= std::string(name) == "/dir" ? FS_APPEND_FL : FS_IMMUTABLE_FL;
    ASSERT_EQ(ioctl(fd.get(), FS_IOC_SETFLAGS, &flags), 0);
  }
  remove_tree(top);
  EXPECT_FALSE(exists(top));
}

TEST(RemoveTree, ROOT_StopsAtMountsEvenOfTheSameFileSystem) {
  if (getuid() != 0) GTEST_SKIP() << "needs ROOT: mounts";
  const std::string top = temporary_directory();
  make_directories(top + "/tree/mounted", 0700);
  make_directories(top + "/precious", 0700);
  replace_file(top + "/precious/file", "x", 0600, false);
  const int status = in_own_mounts([&] {
    ASSERT_EQ(mount((top + "/precious").c_str(), (top + "/tree/mounted").c_str(), nullptr, MS_BIND, nullptr),
              0);
    try {
      remove_tree(top + "/tree");
      ADD_FAILURE() << "went onto the mount";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kBusy) << error.what();
      EXPECT_NE(std::string(error.what()).find("/tree/mounted"), std::string::npos) << error.what();
    }
  });
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(exists(top + "/precious/file"));
  remove_tree(top);
  EXPECT_FALSE(exists(top));
}

}  // namespace
}  // namespace croft::runtime
