#include "runtime/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "runtime/child_state.h"

namespace croft::runtime {
namespace {

// Moves what is needed to 3, 4, ... and closes all else: a clone of the keeper holds every console and pidfd
// of it. Going through the wanted descriptors in rising order never overwrites one that is still to be moved.
void keep_only(int** wanted, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i)
    for (std::size_t j = i; j > 0 && *wanted[j] < *wanted[j - 1]; --j) {
      int* swap = wanted[j];
      wanted[j] = wanted[j - 1];
      wanted[j - 1] = swap;
    }
  for (std::size_t i = 0; i < count; ++i) {
    const int place = static_cast<int>(i) + 3;
    if (*wanted[i] != place) dup3(*wanted[i], place, O_CLOEXEC);
    *wanted[i] = place;
  }
  syscall(SYS_close_range, static_cast<unsigned>(count) + 3U, ~0U, 0U);
}

void take_descriptors(ChildState& state, const ChildDescriptors& given) {
  state.channel = given.channel;
  state.keeper = given.keeper;
  std::array<int*, kMaxSlots + 2> wanted{};
  std::size_t count = 0;
  wanted[count++] = &state.channel;
  wanted[count++] = &state.keeper;
  for (std::size_t i = 0; i < state.list.header->passed; ++i) {
    state.fds[i] = given.passed[i];
    wanted[count++] = &state.fds[i];
  }
  keep_only(wanted.data(), count);
}

// Standard streams are the null device until a step connects others, so that no low number is ever free.
void null_stdio() {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd)
    if (null >= 0) dup2(null, fd);
  if (null > 2) close(null);
}

void default_signals() {
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

int do_stdio(const ChildState& state, const Step& step) {
  const std::array<int, 3> from{state.fds[step.slot], state.fds[step.a], state.fds[step.b]};
  for (int i = 0; i < 3; ++i)
    if (dup2(from[static_cast<std::size_t>(i)], i) < 0) return errno;
  return 0;
}

int do_new_session(const Step& step) {
  if (setsid() < 0) return errno;
  if (step.flags != 0 && ioctl(0, TIOCSCTTY, 0) != 0) return errno;
  return 0;
}

int do_rlimit(const Step& step) {
  const struct rlimit limit { .rlim_cur = step.a, .rlim_max = step.b };
  return setrlimit(static_cast<__rlimit_resource>(step.flags), &limit) == 0 ? 0 : errno;
}

int do_oom_score(const ChildState& state, const Step& step) {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const char* value = state.text(step.text);
  const int error = write(fd, value, strlen(value)) < 0 ? errno : 0;
  close(fd);
  return error;
}

int do_attach(const ChildState& state, const Step& step) {
  return write(state.fds[step.slot], "0", 1) < 0 ? errno : 0;
}

int do_process_step(ChildState& state, const Step& step, std::uint32_t index) {
  switch (step.kind) {
    case StepKind::kReceive:
    case StepKind::kWaitGo:
      return do_receive(state, step);
    case StepKind::kAttachCgroup:
      return do_attach(state, step);
    case StepKind::kUnshare:
      return unshare(static_cast<int>(step.a)) == 0 ? 0 : errno;
    case StepKind::kOwnClocks:
      return do_own_clocks();
    case StepKind::kJoin:
      return do_join(state, step);
    case StepKind::kNewSession:
      return do_new_session(step);
    case StepKind::kStdio:
      return do_stdio(state, step);
    case StepKind::kHostname:
      return sethostname(state.text(step.text), strlen(state.text(step.text))) == 0 ? 0 : errno;
    case StepKind::kRlimit:
      return do_rlimit(step);
    case StepKind::kOomScore:
      return do_oom_score(state, step);
    case StepKind::kOpenPty:
      return do_open_pty(state, step, index);
    case StepKind::kIdentity:
      return do_identity(state, step);
    case StepKind::kCapabilities:
      return do_capabilities(state, step);
    case StepKind::kNoNewPrivileges:
      return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
    case StepKind::kSeccomp:
      return do_seccomp(state, step);
    case StepKind::kWorkDirectory:
      if (chdir(state.text(step.text)) == 0) return 0;
      return step.flags != 0 && chdir("/") == 0 ? 0 : errno;
    case StepKind::kExec:
      return do_exec(state, step);
    case StepKind::kNetlink:
      return do_netlink(state, step);
    default:
      return EIO;  // kFail: fault injection
  }
}

int do_step(ChildState& state, const Step& step, std::uint32_t index) {
  switch (step.kind) {
    case StepKind::kNewFilesystem:
      return do_new_filesystem(state, step);
    case StepKind::kCloneTree:
      return do_clone_tree(state, step);
    case StepKind::kRoot:
      return do_root(state, step);
    case StepKind::kMountAt:
      return do_mount_at(state, step);
    case StepKind::kMakeDirectory:
      return do_make_directory(state, step);
    case StepKind::kMakeSymlink:
      return do_make_symlink(state, step);
    case StepKind::kMakeFile:
      return do_make_file(state, step);
    case StepKind::kMask:
      return do_mask(state, step);
    case StepKind::kReadOnly:
      return do_read_only(state, step);
    case StepKind::kWriteProc:
      return do_write_proc(state, step);
    case StepKind::kBindTerminal:
      return do_bind_terminal(state, step);
    case StepKind::kEnterRoot:
      return do_enter_root(state, step);
    default:
      return do_process_step(state, step, index);
  }
}

[[noreturn]] void give_up(const ChildState& state, std::uint32_t index, int error) {
  const Report report{ReportKind::kFailed, index, error, 0};
  send_message(state.channel, &report, sizeof report, -1);
  _exit(kExitFailed);
}

}  // namespace

int send_message(int socket, const void* bytes, std::size_t size, int fd) {
  iovec part{const_cast<void*>(bytes), size};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) return errno;
  return 0;
}

void run_child(const MappedList& list, const ChildDescriptors& descriptors) {
  ChildState state;
  state.list = list;
  take_descriptors(state, descriptors);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  null_stdio();
  default_signals();
  umask(0);
  for (std::uint32_t i = 0; i < list.header->steps; ++i) {
    const Step& step = list.steps[i];
    if (step.kind == StepKind::kStage) {
      const Report report{ReportKind::kStage, i, 0, 0};
      if (const int error = send_message(state.channel, &report, sizeof report, -1); error != 0)
        _exit(kExitFailed);
      continue;
    }
    if (const int error = do_step(state, step, i); error != 0) give_up(state, i, error);
  }
  give_up(state, list.header->steps, ENOEXEC);  // a list that does not end in exec
}

}  // namespace croft::runtime
