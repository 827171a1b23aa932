// open_in_root against what a hostile image or container can put in a path. The secret lies outside of the
// root.
#include "runtime/fd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "runtime/error.h"
#include "tests/fakes/scratch.h"

namespace croft::runtime {
namespace {

constexpr const char* kSecret = "secret of the host";

struct Prison : fakes::Scratch {
  Prison() {
    file("secret", kSecret);
    file("root/inside", "inside");
    file("root/etc/passwd", "inside");
    root = open_file(*this / "root", O_PATH | O_DIRECTORY);
  }
  void link(const std::string& target, const std::string& entry) const {
    if (symlink(target.c_str(), (*this / ("root/" + entry)).c_str()) != 0) fail_errno("cannot link " + entry);
  }
  // What a process sees that opens `path` in the root; the kind of the error where it cannot.
  [[nodiscard]] std::string look(const std::string& path) const {
    try {
      const Fd fd = open_in_root(root, path, O_RDONLY);
      std::array<char, 64> buffer{};
      const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
      return got < 0 ? "unreadable" : std::string(buffer.data(), static_cast<std::size_t>(got));
    } catch (const Error& error) {
      return std::string(code_of(error.kind()));
    }
  }
  Fd root;
};

// Before anything is opened: a descriptor keeps to the mount namespace it was opened in.
void own_mounts() {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    fail_errno("cannot make a mount namespace");
}

TEST(OpenInRoot, DotsStopAtTheRoot) {
  const Prison prison;
  EXPECT_EQ(prison.look("../secret"), "not-found");
  EXPECT_EQ(prison.look("../../../../../../../../etc/passwd"), "inside");
  EXPECT_EQ(prison.look("etc/../../secret"), "not-found");
  EXPECT_EQ(prison.look("etc/../../inside"), "inside");
}

TEST(OpenInRoot, LinksAreResolvedInside) {
  const Prison prison;
  prison.link(prison / "secret", "absolute");
  prison.link("../secret", "relative");
  prison.link("/etc", "directory");
  prison.link("absolute", "chain");
  prison.link("loop", "loop");
  EXPECT_EQ(prison.look("absolute"), "not-found");
  EXPECT_EQ(prison.look("relative"), "not-found");
  EXPECT_EQ(prison.look("chain"), "not-found");
  EXPECT_EQ(prison.look("directory/passwd"), "inside");
  EXPECT_EQ(prison.look("loop"), "refused");
}

TEST(OpenInRoot, CreatingThroughALinkStaysInside) {
  const Prison prison;
  prison.link(prison / "created", "out");
  EXPECT_THROW(open_in_root(prison.root, "out", O_WRONLY | O_CREAT, 0644), Error);
  prison.link("/created", "in");
  EXPECT_TRUE(open_in_root(prison.root, "in", O_WRONLY | O_CREAT, 0644));
  EXPECT_FALSE(exists(prison / "created"));
  EXPECT_TRUE(exists(prison / "root/created"));
}

TEST(ROOT_OpenInRoot, MagicLinksAreRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: mounts a proc file system";
  own_mounts();
  const Prison prison;
  const std::string proc = prison / "root/proc";
  make_directories(proc, 0755);
  ASSERT_EQ(mount("proc", proc.c_str(), "proc", 0, nullptr), 0);
  const Fd outside = open_file(prison.path(), O_PATH | O_DIRECTORY);
  const std::string magic = "proc/" + std::to_string(getpid());
  EXPECT_EQ(prison.look(magic + "/root/" + prison.path() + "/secret"), "refused");
  EXPECT_EQ(prison.look(magic + "/cwd/secret"), "refused");
  EXPECT_EQ(prison.look(magic + "/fd/" + std::to_string(outside.get()) + "/secret"), "refused");
  EXPECT_EQ(umount2(proc.c_str(), MNT_DETACH), 0);
}

TEST(ROOT_OpenInRoot, ABindMountInsideIsCrossedAndItsDotsStayInside) {
  if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: makes a bind mount";
  own_mounts();
  const Prison prison;
  prison.file("elsewhere/deep/file", "bound");
  make_directories(prison / "root/mnt", 0755);
  const std::string target = prison / "root/mnt";
  ASSERT_EQ(mount((prison / "elsewhere/deep").c_str(), target.c_str(), nullptr, MS_BIND, nullptr), 0);
  EXPECT_EQ(prison.look("mnt/file"), "bound");
  EXPECT_EQ(prison.look("mnt/../inside"), "inside");
  EXPECT_EQ(prison.look("mnt/../../secret"), "not-found");
  EXPECT_EQ(umount2(target.c_str(), MNT_DETACH), 0);
}

// A directory that is moved out of the root in mid-resolution has a parent outside; `..` must not lead there.
TEST(OpenInRoot, ARaceAgainstRenamesNeverLeadsOutside) {
  const Prison prison;
  make_directories(prison / "root/a/b", 0755);
  std::atomic<bool> stop = false;
  std::thread racer([&] {
    const std::string inside = prison / "root/a/b";
    const std::string outside = prison / "b";
    for (bool out = false; !stop || out; out = !out)
      rename((out ? outside : inside).c_str(), (out ? inside : outside).c_str());
  });
  std::string path = "a/b/";
  for (int i = 0; i < 1900; ++i) path += "./";  // time for the move; a bare openat(2) escapes here
  path += "../secret";
  for (int i = 0; i < 10000; ++i) EXPECT_NE(prison.look(path), kSecret);
  stop = true;
  racer.join();
  EXPECT_EQ(prison.look("a/b/../../inside"), "inside");
}

TEST(ROOT_RemoveTree, StopsAtAMountPoint) {
  if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: mounts a tmpfs";
  own_mounts();
  const fakes::Scratch scratch;
  make_directories(scratch / "tree/mounted", 0755);
  const std::string mounted = scratch / "tree/mounted";
  ASSERT_EQ(mount("tmpfs", mounted.c_str(), "tmpfs", 0, nullptr), 0);
  const std::string kept = scratch.file("tree/mounted/kept", "x");
  EXPECT_THROW(remove_tree(scratch / "tree"), Error);
  EXPECT_TRUE(exists(kept));
  EXPECT_EQ(umount2(mounted.c_str(), MNT_DETACH), 0);
}

}  // namespace
}  // namespace croft::runtime
