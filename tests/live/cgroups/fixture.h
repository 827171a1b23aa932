// Real groups below a root of this test's own in every hierarchy of the host, and processes in them.
#pragma once

#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cgroups/group.h"
#include "cgroups/hierarchy.h"
#include "cgroups/join.h"
#include "cgroups/live.h"
#include "runtime/change.h"
#include "runtime/clone.h"
#include "runtime/error.h"

namespace croft::cgroups {

inline constexpr Milliseconds kPatience{20000};  // emulated guests are 20 times slower

// A child of this test, in whichever group. Killed and reaped at the end of its scope.
class Child {
 public:
  Child(pid_t pid, runtime::Fd told) : pid_(pid), told_(std::move(told)) {}
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), told_(std::move(other.told_)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  // waitpid(2) status.
  int wait() {
    int status = -1;
    while (waitpid(pid_, &status, __WALL) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return status;
  }
  // One byte that the child sent by `tell`.
  [[nodiscard]] char hear() const {
    char byte = 0;
    return read(told_.get(), &byte, 1) == 1 ? byte : '\0';
  }
  // Its state as /proc tells it ('S', 'D', 'Z', ...), ' ' when gone.
  [[nodiscard]] char state() const {
    try {
      const std::string stat = runtime::read_file("/proc/" + std::to_string(pid_) + "/stat");
      return stat.at(stat.rfind(')') + 2);
    } catch (const runtime::Error&) {
      return ' ';
    }
  }

 private:
  pid_t pid_;
  runtime::Fd told_;
};

// What a child runs; its result is the exit status. `tell` is the pipe to Child::hear.
using Work = std::function<int(int tell)>;

inline void say(int tell, char byte) {
  if (write(tell, &byte, 1) != 1) _exit(99);
}
[[noreturn]] inline int sleep_for_ever() {
  for (;;) pause();
}

class LiveGroups : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: not run by root";
    layout_ = detect({}, device_programs_work(), socket_programs_work());
    if (!layout_.kill) GTEST_SKIP() << "needs CGROUP: no cgroup hierarchy is mounted";
    root_ = "croft-test-" + std::to_string(getpid());
    intent_.path = {root_, "shop", "one"};
    clean();
  }
  void TearDown() override {
    if (!root_.empty()) clean();
  }

  // Kills and removes all below the test's root.
  void clean() const {
    for (const GroupPath& path : list_groups(layout_, root_)) {
      kill_all(Group(layout_, path), kPatience);
      remove_group(layout_, path, kPatience);
      remove_shared(layout_, root_, path.tenant);
    }
    for (const Hierarchy& hierarchy : layout_.hierarchies) remove_empty(hierarchy.mount + "/" + root_);
  }
  static void remove_empty(const std::filesystem::path& top) {
    if (!std::filesystem::exists(top)) return;
    for (const auto& entry : std::filesystem::directory_iterator(top))
      if (entry.is_directory()) remove_empty(entry.path());
    rmdir(top.c_str());
  }

  // Every directory of the test's root in every hierarchy.
  [[nodiscard]] std::set<std::string> directories() const {
    std::set<std::string> found;
    for (const Hierarchy& hierarchy : layout_.hierarchies) {
      const std::filesystem::path top = hierarchy.mount + "/" + root_;
      if (!std::filesystem::exists(top)) continue;
      found.insert(top);
      for (const auto& entry : std::filesystem::recursive_directory_iterator(top))
        if (entry.is_directory()) found.insert(entry.path());
    }
    return found;
  }

  void create() {
    changes_.clear();
    plan_create(layout_, intent_, changes_);
    apply_changes(changes_);
  }
  [[nodiscard]] Group group() const { return {layout_, intent_.path}; }

  // The group's directory in the hierarchy of a facet.
  template <class Driver>
  [[nodiscard]] std::string directory(const std::optional<Facet<Driver>>& facet) const {
    return layout_.hierarchies.at(facet.value().hierarchy).mount + "/" + relative_path(intent_.path);
  }
  [[nodiscard]] std::string unified_directory() const {
    return layout_.hierarchies.at(layout_.unified.value()).mount + "/" + relative_path(intent_.path);
  }

  // A child that got into the group as a container's init does.
  Child spawn(const Work& work, std::uint64_t flags = 0) {
    runtime::Changes opened;
    const Entry entry = plan_join(layout_, intent_, opened);
    apply_changes(opened);
    return enter(entry, work, flags);
  }
  // And as a further process does.
  Child spawn_exec(const Work& work) {
    runtime::Changes opened;
    const Entry entry = plan_join_exec(layout_, intent_, opened);
    apply_changes(opened);
    return enter(entry, work, 0);
  }
  static Child enter(const Entry& entry, const Work& work, std::uint64_t flags) {
    std::array<int, 2> pair{};
    if (pipe2(pair.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
    runtime::Fd told(pair[0]);
    const runtime::Fd tell(pair[1]);
    runtime::CloneRequest request;
    request.flags = flags | (entry.into ? CLONE_INTO_CGROUP : 0);
    request.cgroup = entry.into ? entry.into->get() : -1;
    request.exit_signal = SIGCHLD;
    const pid_t pid = runtime::clone_process(request);
    if (pid < 0) runtime::fail_errno("cannot clone a child");
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      told.reset();
      for (const Entry::File& file : entry.files)
        if (write(file.fd->get(), "0", 1) != 1) _exit(98);
      _exit(work(tell.get()));
    }
    return {pid, std::move(told)};
  }

  Layout layout_;
  std::string root_;
  GroupIntent intent_;
  runtime::Changes changes_;
};

}  // namespace croft::cgroups
