// Helpers of the live tests of fs/: a temporary directory that goes away with everything in it, and running
// code as the root of a user namespace, as a container's root would.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::fs::test {

inline constexpr std::uint32_t kBase = 0x70000000;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* base = getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/croft-test-fs-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) runtime::fail_errno("cannot make a temporary directory");
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    try {
      runtime::remove_tree(path_);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Runs `body` in a child; true when nothing in it failed.
inline bool in_child(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    int code = 0;
    try {
      body();
    } catch (const std::exception& error) {
      static_cast<void>(fprintf(stderr, "%s\n", error.what()));
      code = 2;
    }
    _exit(testing::Test::HasFailure() ? 1 : code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0;
}

// As in_child, with the credentials of root inside the user namespace.
inline bool as_container_root(const runtime::Fd& userns, const std::function<void()>& body) {
  return in_child([&] {
    if (setns(userns.get(), CLONE_NEWUSER) != 0 || setresgid(0, 0, 0) != 0 || setresuid(0, 0, 0) != 0)
      runtime::fail_errno("cannot become the container's root");
    body();
  });
}

// As in_child, in a private copy of the mount tree.
inline bool in_own_mounts(const std::function<void()>& body) {
  return in_child([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      runtime::fail_errno("cannot make a private mount namespace");
    body();
  });
}

}  // namespace croft::fs::test
