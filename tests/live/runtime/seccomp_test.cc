// The filter in the kernel: a child with the namespaces and the full capabilities of a container's root makes
// every refused call, in both ABIs. Two copies of the filter are tried: the real one, and one that answers
// kMark where the real one says EPERM, which tells a refusal of the filter's from one of the kernel's.
#include "runtime/seccomp.h"

#include <asm/ioctls.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

#include "runtime/fd.h"

namespace croft::runtime {
namespace {

constexpr int kMark = 999;
constexpr int kGetpid32 = 20;

struct Call {
  long number;
  bool wide;  // the 64-bit ABI
  std::array<long, 6> arguments;
};

// The 32-bit entry of the kernel, from a 64-bit program. Minus errno on failure, as the kernel has it.
long call32(const Call& call) {
  long result = call.number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(call.arguments[0]), "c"(call.arguments[1]), "d"(call.arguments[2]),
                 "S"(call.arguments[3]), "D"(call.arguments[4])
               : "memory", "r8", "r9", "r10", "r11");
  return static_cast<int>(result);
}

int errno_of(const Call& call) {
  if (!call.wide) {
    const long result = call32(call);
    return result < 0 ? static_cast<int>(-result) : 0;
  }
  const auto& a = call.arguments;
  return syscall(call.number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? errno : 0;
}

std::vector<sock_filter> filter(bool marked) {
  const std::string bytes = default_filter();
  std::vector<sock_filter> code(bytes.size() / sizeof(sock_filter));
  std::memcpy(code.data(), bytes.data(), bytes.size());
  for (sock_filter& step : code)
    if (marked && step.code == (BPF_RET | BPF_K) && step.k == (SECCOMP_RET_ERRNO | EPERM))
      step.k = SECCOMP_RET_ERRNO | kMark;
  return code;
}

// What `body` returns in a child; -1 when a signal ended it.
int in_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

// The errno of each call under the filter; a call that the child did not live to make has -1.
std::vector<int> answers(const std::vector<Call>& calls, bool marked) {
  const std::vector<sock_filter> code = filter(marked);
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  in_child([&] {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET) != 0) return 1;
    const sock_fprog program{static_cast<unsigned short>(code.size()), const_cast<sock_filter*>(code.data())};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) return 2;
    for (const Call& call : calls) {
      const int error = errno_of(call);
      if (write(writing.get(), &error, sizeof error) != sizeof error) return 3;
    }
    return 0;
  });
  writing.reset();
  std::vector<int> found(calls.size(), -1);
  for (int& error : found)
    if (read(reading.get(), &error, sizeof error) != sizeof error) break;
  return found;
}

class SystemCalls : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: makes namespaces";
    const Call getpid32{kGetpid32, false, {}};
    narrow_ = in_child([&] { return call32(getpid32) == getpid() ? 0 : 1; }) == 0;
  }
  // A kernel without the 32-bit entry ends whoever uses it; that is as good as a refusal.
  void add(std::vector<Call>& calls, std::string_view name, std::array<long, 6> arguments = {}) {
    const std::string text(name);
    for (const bool wide : {true, false}) {
      if (!wide && !narrow_) continue;
      int number = seccomp_syscall_resolve_name_arch(wide ? SCMP_ARCH_X86_64 : SCMP_ARCH_X86, text.c_str());
      if (!wide && name == "socket") number = 359;
      if (number < 0) continue;
      calls.push_back({number, wide, arguments});
      names_.push_back(text + (wide ? "" : " (32-bit)"));
    }
  }
  void expect_all(const std::vector<Call>& calls, int real, int marked) {
    const std::vector<int> first = answers(calls, false);
    const std::vector<int> second = answers(calls, true);
    ASSERT_EQ(first.size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
      EXPECT_EQ(first[i], real) << names_[i];
      EXPECT_EQ(second[i], marked) << names_[i];
    }
  }
  bool narrow_ = false;
  std::vector<std::string> names_;
};

// Pointers are null and descriptors -1, so that a call that went through would still do nothing.
constexpr std::array<long, 6> kNothing{-1, 0, 0, -1, -1, 0};

TEST_F(SystemCalls, ROOT_EveryRefusedCallAnswersEperm) {
  std::vector<Call> calls;
  for (const RefusedCall& refused : refused_calls()) {
    const std::size_t before = calls.size();
    add(calls, refused.name, kNothing);
    EXPECT_TRUE(calls.size() > before || !narrow_) << refused.name << " has no number";
  }
  ASSERT_GT(calls.size(), 30U);
  expect_all(calls, EPERM, kMark);
}

TEST_F(SystemCalls, ROOT_EveryRefusedArgumentAnswersEperm) {
  std::vector<Call> calls;
  for (const RefusedArgument& refused : refused_arguments()) {
    std::array<long, 6> arguments{};
    arguments.at(refused.argument) = refused.value;
    add(calls, refused.call, arguments);
    arguments.at(refused.argument) |= 1L << 32;  // which the kernel does not look at, and so may not help
    add(calls, refused.call, arguments);
  }
  expect_all(calls, EPERM, kMark);
}

TEST_F(SystemCalls, ROOT_UnknownCallsAnswerEnosys) {
  std::vector<Call> calls;
  constexpr long kX32 = 0x40000000;
  // 335 and 336 are the uprobes' own, which seccomp lets through from Linux 6.14 on.
  for (const long number : {400L, 600L, 9999L, 0x3fffffffL, kX32 | SYS_read, kX32 | 512L}) {
    calls.push_back({number, true, {}});
    names_.push_back(std::to_string(number));
  }
  add(calls, "afs_syscall");
  add(calls, "vserver");
  add(calls, "security");
  for (const long number : {600L, 9999L}) {
    if (!narrow_) break;
    calls.push_back({number, false, {}});
    names_.push_back(std::to_string(number) + " (32-bit)");
  }
  expect_all(calls, ENOSYS, ENOSYS);
}

// What a machine of one's own needs gets as far as the kernel: it answers by itself, or succeeds.
TEST_F(SystemCalls, ROOT_AllowedCallsReachTheKernel) {
  std::vector<Call> calls;
  for (const char* name :
       {"getpid",        "unshare",       "setns",    "mount",       "umount2",           "pivot_root",
        "chroot",        "clone3",        "ptrace",   "fsopen",      "open_tree",         "move_mount",
        "mount_setattr", "mknodat",       "reboot",   "sethostname", "name_to_handle_at", "process_vm_readv",
        "seccomp",       "fanotify_init", "adjtimex", "personality", "quotactl",          "pidfd_getfd",
        "openat2",       "rseq"})
    add(calls, name, kNothing);
  add(calls, "socket", {AF_NETLINK, SOCK_RAW, 0, 0, 0, 0});
  add(calls, "socket", {AF_UNIX, SOCK_STREAM, 0, 0, 0, 0});
  add(calls, "ioctl", {-1, TIOCGWINSZ, 0, 0, 0, 0});
  const std::vector<int> found = answers(calls, true);
  ASSERT_EQ(found.size(), calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i)
    EXPECT_TRUE(found[i] >= 0 && found[i] != kMark && found[i] != ENOSYS) << names_[i] << ": " << found[i];
}

}  // namespace
}  // namespace croft::runtime
