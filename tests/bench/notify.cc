// What sysinfo(2) costs when a supervisor answers it (seccomp user notification), against the kernel's own,
// and what a filter that notifies costs other calls. The supervisor does what a real one has to: takes the
// call, writes the answer into the caller's memory, looks whether the caller is still the same, and lets it
// go on.
//
// usage: notify CALLERS ROUNDS CALLS
// Prints for each round "NAME NANOSECONDS", per call, the mean of CALLS calls:
//   sysinfo, getppid                        no filter
//   sysinfo_allowed, getppid_allowed        a filter that allows all
//   sysinfo_notified, getppid_notified      a filter that notifies of sysinfo
//   sysinfo_notified_many                   CALLERS at once, of the slowest
// The links of this program are nothing of Croft's.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

constexpr double kNanos = 1e9;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "notify: cannot %s: %s\n", what, std::strerror(errno));
  _exit(1);
}

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / kNanos;
}

double cost(long number, int calls) {
  struct sysinfo answer {};
  const double begun = seconds();
  for (int i = 0; i < calls; ++i)
    if (syscall(number, &answer) < 0) fail("call");
  const double took = (seconds() - begun) / calls * kNanos;
  if (number == SYS_sysinfo && answer.totalram == 0) fail("get an answer");
  return took;
}

// The listener where sysinfo is notified of.
int filter(std::uint32_t action) {
  std::array<sock_filter, 4> rules{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sysinfo, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, action),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{rules.size(), rules.data()};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const unsigned flags = action == SECCOMP_RET_USER_NOTIF ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
  const long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (listener < 0) fail("load the filter");
  return static_cast<int>(listener);
}

// Ends with the last caller.
[[noreturn]] void supervise(int listener) {
  struct sysinfo answer {};
  answer.totalram = 1;
  for (;;) {
    seccomp_notif asked{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) {
      if (errno == EINTR) continue;
      _exit(errno == ENOENT ? 0 : 1);
    }
    iovec from{&answer, sizeof answer};
    iovec to{reinterpret_cast<void*>(asked.data.args[0]),
             sizeof answer};  // NOLINT(performance-no-int-to-ptr)
    seccomp_notif_resp reply{.id = asked.id, .val = 0, .error = 0, .flags = 0};
    const bool whole = process_vm_writev(static_cast<pid_t>(asked.pid), &from, 1, &to, 1, 0) ==
                       static_cast<ssize_t>(sizeof answer);
    if (!whole) reply.error = -EFAULT;
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &asked.id) != 0) continue;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
  }
}

void say(const std::string& name, double nanoseconds) {
  std::printf("%s %.1f\n", name.c_str(), nanoseconds);
}

void measure(const std::string& suffix, int calls) {
  say("sysinfo" + suffix, cost(SYS_sysinfo, calls));
  say("getppid" + suffix, cost(SYS_getppid, calls));
}

void measure_many(int callers, int calls) {
  std::vector<int> pipes;
  for (int i = 0; i < callers; ++i) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("make a pipe");
    if (fork() == 0) {
      const double took = cost(SYS_sysinfo, calls);
      _exit(write(ends[1], &took, sizeof took) == sizeof took ? 0 : 1);
    }
    close(ends[1]);
    pipes.push_back(ends[0]);
  }
  double slowest = 0;
  for (const int end : pipes) {
    double took = 0;
    if (read(end, &took, sizeof took) != sizeof took) fail("hear of a caller");
    slowest = std::max(slowest, took);
    close(end);
  }
  while (wait(nullptr) > 0) continue;
  say("sysinfo_notified_many", slowest);
}

void wait_for(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) fail("measure");
}

// The callers are below a filter, and the supervisor, who must not be, was there before.
void notified(int callers, int calls) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("make a pipe");
  const pid_t child = fork();
  if (child == 0) {
    const int listener = filter(SECCOMP_RET_USER_NOTIF);
    if (write(ends[1], &listener, sizeof listener) != sizeof listener) fail("tell of the listener");
    measure("_notified", calls);
    measure_many(callers, calls / callers);
    std::fflush(stdout);
    _exit(0);
  }
  int number = 0;
  if (read(ends[0], &number, sizeof number) != sizeof number) fail("hear of the listener");
  const int process = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  const int listener = static_cast<int>(syscall(SYS_pidfd_getfd, process, number, 0));
  if (listener < 0) fail("take the listener");
  const pid_t supervisor = fork();
  if (supervisor == 0) supervise(listener);
  wait_for(child);
  kill(supervisor, SIGKILL);
  waitpid(supervisor, nullptr, 0);
  for (const int fd : {ends[0], ends[1], process, listener}) close(fd);
}

void allowed(int calls) {
  const pid_t child = fork();
  if (child != 0) return wait_for(child);
  filter(SECCOMP_RET_ALLOW);
  measure("_allowed", calls);
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: notify CALLERS ROUNDS CALLS\n", stderr);
    return 2;
  }
  const int callers = std::max(std::atoi(argv[1]), 1);
  const int rounds = std::max(std::atoi(argv[2]), 1);
  const int calls = std::max(std::atoi(argv[3]), callers);
  for (int i = 0; i < rounds; ++i) {
    measure("", calls);
    std::fflush(stdout);
    allowed(calls);
    notified(callers, calls);
  }
  return 0;
}
