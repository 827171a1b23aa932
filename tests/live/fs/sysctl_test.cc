// Settings of the ipc and uts namespaces of a real process, written from outside.
#include "fs/sysctl.h"

#include <signal.h>
#include <sys/syscall.h>

#include <array>

#include "tests/live/fs/container_root.h"

namespace croft::fs {
namespace {

// A process in its own ipc and uts namespaces that waits to be killed.
class Victim {
 public:
  Victim() {
    std::array<int, 2> ready{};
    if (pipe(ready.data()) != 0 || (pid_ = fork()) < 0) runtime::fail_errno("cannot make a process");
    if (pid_ == 0) {
      if (unshare(CLONE_NEWIPC | CLONE_NEWUTS) != 0) _exit(1);
      close(ready[0]);
      close(ready[1]);
      for (;;) pause();
    }
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 0);  // ends when the child has closed its end
    close(ready[0]);
  }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  ~Victim() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] runtime::FdSlot pidfd() const {
    return runtime::make_slot(runtime::Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0))));
  }

 private:
  pid_t pid_ = -1;
};

TEST(Sysctl, ROOT_HostWritesIntoTheNamespacesOfAProcess) {
  if (getuid() != 0) GTEST_SKIP() << "needs ROOT: joins namespaces";
  const Victim victim;
  const std::string before = runtime::read_file("/proc/sys/kernel/msgmax");
  const std::string domain = runtime::read_file("/proc/sys/kernel/domainname");
  runtime::Changes changes;
  plan_host_sysctls(
      {{"kernel.msgmax", "12345"}, {"kernel.domainname", "croft-test"}, {"fs.mqueue.msg_max", "33"}},
      victim.pidfd(), changes);
  ASSERT_EQ(changes.size(), 3U);
  runtime::apply_changes(changes);
  EXPECT_EQ(runtime::read_file("/proc/sys/kernel/msgmax"), before) << "the host's own was changed";
  EXPECT_EQ(runtime::read_file("/proc/sys/kernel/domainname"), domain);
  const runtime::FdSlot pidfd = victim.pidfd();
  EXPECT_TRUE(test::in_child([&] {
    ASSERT_EQ(setns(pidfd->get(), CLONE_NEWIPC | CLONE_NEWUTS), 0);
    EXPECT_EQ(runtime::read_file("/proc/sys/kernel/msgmax"), "12345\n");
    EXPECT_EQ(runtime::read_file("/proc/sys/kernel/domainname"), "croft-test\n");
    EXPECT_EQ(runtime::read_file("/proc/sys/fs/mqueue/msg_max"), "33\n");
  }));
}

TEST(Sysctl, ROOT_ARefusedValueNamesTheSetting) {
  if (getuid() != 0) GTEST_SKIP() << "needs ROOT: joins namespaces";
  const Victim victim;
  runtime::Changes changes;
  plan_host_sysctls({{"kernel.msgmax", "many"}}, victim.pidfd(), changes);
  try {
    runtime::apply_changes(changes);
    ADD_FAILURE() << "the kernel took a word for a number";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    EXPECT_NE(std::string(error.what()).find("kernel.msgmax"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace croft::fs
