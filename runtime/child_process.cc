// The child's steps on itself: namespaces, terminal, identity, privileges, exec.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "runtime/child_state.h"
#include "runtime/clone.h"

namespace croft::runtime {
namespace {

constexpr std::size_t kMaxWords = 2048;  // argv and env of an exec together
constexpr int kNewTime = 0x80;           // CLONE_NEWTIME, which glibc 2.36 does not name

// One line of /proc/PID/timens_offsets that sets a clock to zero. Nanoseconds there count upwards from the
// second.
int set_to_zero(int file, const char* name, clockid_t clock) {
  timespec now{};
  if (clock_gettime(clock, &now) != 0) return errno;
  std::array<char, 80> line{};
  const long long seconds = -static_cast<long long>(now.tv_sec) - (now.tv_nsec > 0 ? 1 : 0);
  const long nanoseconds = now.tv_nsec > 0 ? 1'000'000'000 - now.tv_nsec : 0;
  const int size = snprintf(line.data(), line.size(), "%s %lld %ld\n", name, seconds, nanoseconds);
  return write(file, line.data(), static_cast<std::size_t>(size)) < 0 ? errno : 0;
}

int set_clocks() {
  const int file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  int error = set_to_zero(file, "monotonic", CLOCK_MONOTONIC);
  if (error == 0) error = set_to_zero(file, "boottime", CLOCK_BOOTTIME);
  close(file);
  return error;
}

}  // namespace

int do_receive(ChildState& state, const Step& step) {
  char word = 0;
  iovec part{&word, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  while ((got = recvmsg(state.channel, &message, MSG_CMSG_CLOEXEC)) < 0)
    if (errno != EINTR) return errno;
  if (got == 0) return ECONNABORTED;  // the launcher is gone
  if (step.kind == StepKind::kWaitGo) return word == kWordGo ? 0 : EPROTO;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (word != kWordFd || header == nullptr || header->cmsg_type != SCM_RIGHTS) return EPROTO;
  std::memcpy(&state.fds[step.slot], CMSG_DATA(header), sizeof(int));
  return 0;
}

// unshare(2) moves only children to come; the caller itself follows by setns(2), which fixes the offsets.
int do_own_clocks() {
  if (unshare(kNewTime) != 0) return errno;
  if (const int error = set_clocks(); error != 0) return error;
  const int own = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
  if (own < 0) return errno;
  const int error = setns(own, kNewTime) == 0 ? 0 : errno;
  close(own);
  return error;
}

// The caller enters the namespaces, but a pid namespace holds only those born in it: so a second clone, a
// child of the keeper's like the first (CLONE_PARENT), goes on with the list and this one ends.
int do_join(ChildState& state, const Step& step) {
  if (setns(state.fds[step.slot], static_cast<int>(step.a)) != 0) return errno;
  int pidfd = -1;
  const pid_t pid =
      clone_process({.flags = CLONE_PARENT | CLONE_PIDFD, .pidfd = &pidfd, .cgroup = -1, .exit_signal = 0});
  if (pid < 0) return errno;
  if (pid > 0) {
    const ChildMessage message{ChildWord::kJoined, pid};
    _exit(send_message(state.keeper, &message, sizeof message, pidfd) == 0 ? 0 : kExitFailed);
  }
  state.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return state.root < 0 ? errno : 0;
}

int do_open_pty(ChildState& state, const Step& step, std::uint32_t index) {
  const int master = open_target(state, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, true);
  if (master < 0) return errno;
  struct statfs info {};
  if (fstatfs(master, &info) != 0) return errno;
  if (info.f_type != DEVPTS_SUPER_MAGIC) return ENOTTY;  // the image's own file under that name
  int locked = 0;
  if (ioctl(master, TIOCSPTLCK, &locked) != 0) return errno;
  state.slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (state.slave < 0) return errno;
  const struct winsize size {
    static_cast<unsigned short>(step.a), static_cast<unsigned short>(step.b), 0, 0
  };
  if (step.a != 0 && ioctl(master, TIOCSWINSZ, &size) != 0) return errno;
  for (int fd = 0; fd < 3; ++fd)
    if (dup2(state.slave, fd) < 0) return errno;
  int error = 0;
  if (step.flags == static_cast<std::uint32_t>(LaunchList::PtyOwner::kKeeper)) {
    const ChildMessage message{ChildWord::kConsole, 0};
    error = send_message(state.keeper, &message, sizeof message, master);
  } else {
    const Report report{ReportKind::kTerminal, index, 0, 0};
    error = send_message(state.channel, &report, sizeof report, master);
  }
  close(master);
  return error;
}

int do_identity(ChildState& state, const Step& step) {
  const auto* groups = reinterpret_cast<const gid_t*>(state.text(step.text2));
  if (syscall(SYS_setgroups, step.size, groups) != 0) return errno;
  const auto gid = static_cast<gid_t>(step.b);
  const auto uid = static_cast<uid_t>(step.a);
  if (syscall(SYS_setresgid, gid, gid, gid) != 0) return errno;
  if (syscall(SYS_setresuid, uid, uid, uid) != 0) return errno;
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return 0;
}

int do_capabilities(ChildState&, const Step& step) {
  for (unsigned long cap = 0; cap < 64; ++cap) {
    if ((step.a >> cap & 1U) != 0) continue;
    if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0 && errno != EINVAL)
      return errno;  // EINVAL: beyond the last one
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return errno;
  for (std::size_t half = 0; half < 2; ++half) {
    const auto mask = static_cast<std::uint32_t>(step.a >> (32 * half));
    data[half].permitted &= mask;
    data[half].effective &= mask;
    data[half].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, data.data()) != 0) return errno;
  return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 ? 0 : errno;
}

int do_seccomp(ChildState& state, const Step& step) {
  const auto* code = reinterpret_cast<const sock_filter*>(state.text(step.text2));
  const sock_fprog program{static_cast<unsigned short>(step.size), const_cast<sock_filter*>(code)};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

namespace {

const char* path_of(char* const* env) {
  for (; *env != nullptr; ++env)
    if (strncmp(*env, "PATH=", 5) == 0) return *env + 5;
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

// execvpe(3) without allocation: the same search, and EACCES remembered while the search goes on.
int exec_by_name(const char* name, char* const* argv, char* const* env) {
  int error = ENOENT;
  std::array<char, 4096> full{};
  for (const char* dir = path_of(env); *dir != '\0';) {
    const std::size_t length = strcspn(dir, ":");
    if (length != 0 && length + strlen(name) + 2 < full.size()) {
      std::memcpy(full.data(), dir, length);
      full[length] = '/';
      std::memcpy(full.data() + length + 1, name, strlen(name) + 1);
      execve(full.data(), argv, env);
      if (errno == EACCES) error = EACCES;
      if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return errno;
    }
    dir += length;
    if (*dir == ':') ++dir;
  }
  return error;
}

}  // namespace

int do_exec(ChildState& state, const Step& step) {
  if (step.size + 2 > kMaxWords) return E2BIG;  // argv and env both end in a null
  const auto* offsets = reinterpret_cast<const std::uint32_t*>(state.text(step.text2));
  std::array<char*, kMaxWords> words{};
  for (std::uint32_t i = 0; i < step.size; ++i) {
    words[i] = offsets[i] == 0 ? nullptr : const_cast<char*>(state.text(offsets[i]));
  }
  char** env = words.data();
  while (*env != nullptr) ++env;
  ++env;
  umask(022);
  const char* path = state.text(step.text);
  if (step.flags != 0) {
    syscall(SYS_execveat, state.fds[step.slot], "", words.data(), env, AT_EMPTY_PATH);
    return errno;
  }
  if (strchr(path, '/') == nullptr) return exec_by_name(path, words.data(), env);
  execve(path, words.data(), env);
  return errno;
}

int do_netlink(ChildState& state, const Step& step) {
  if (state.netlink < 0) state.netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (state.netlink < 0) return errno;
  if (send(state.netlink, state.text(step.text2), step.size, 0) < 0) return errno;
  alignas(nlmsghdr) std::array<char, 8192> answer{};
  for (;;) {
    const ssize_t got = recv(state.netlink, answer.data(), answer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    const auto* header = reinterpret_cast<const nlmsghdr*>(answer.data());
    if (static_cast<std::size_t>(got) < sizeof *header) return EPROTO;
    if (header->nlmsg_type != NLMSG_ERROR) continue;
    return -static_cast<const nlmsgerr*>(static_cast<const void*>(answer.data() + NLMSG_HDRLEN))->error;
  }
}

}  // namespace croft::runtime
