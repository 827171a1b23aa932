// The keeper's processes: how they are cloned, joined, watched and remembered.
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "runtime/child.h"
#include "runtime/child_state.h"
#include "runtime/clone.h"
#include "runtime/error.h"
#include "runtime/keeper.h"

namespace croft::runtime {
namespace {

constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK;  // what is mapped can neither change nor go away

// A launch list, mapped from its sealed memfd for as long as this lives.
class MappedMemory {
 public:
  explicit MappedMemory(const Fd& memfd) {
    struct stat info {};
    const int seals = fcntl(memfd.get(), F_GET_SEALS);
    if (fstat(memfd.get(), &info) != 0 || seals < 0 || (seals & kSeals) != kSeals) return;
    size_ = static_cast<std::size_t>(info.st_size);
    memory_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, memfd.get(), 0);
    if (memory_ == MAP_FAILED) memory_ = nullptr;
  }
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;
  ~MappedMemory() {
    if (memory_ != nullptr) munmap(memory_, size_);
  }
  bool list(MappedList* list) const { return memory_ != nullptr && valid_list(memory_, size_, list); }

 private:
  void* memory_ = nullptr;
  std::size_t size_ = 0;
};

int write_map(pid_t pid, const char* file, const std::array<IdExtent, kMaxExtents>& extents,
              std::uint32_t count) {
  std::array<char, 64> path{};
  std::array<char, 40 * kMaxExtents> text{};
  snprintf(path.data(), path.size(), "/proc/%d/%s", pid, file);
  std::size_t length = 0;
  for (std::uint32_t i = 0; i < count; ++i)
    length += static_cast<std::size_t>(snprintf(text.data() + length, text.size() - length, "%u %u %u\n",
                                                extents[i].inside, extents[i].outside, extents[i].count));
  const Fd fd(open(path.data(), O_WRONLY | O_CLOEXEC));
  if (!fd || write(fd.get(), text.data(), length) < 0) return errno;
  return 0;
}

int write_maps(pid_t pid, const LaunchBody& body) {
  if ((body.clone_flags & CLONE_NEWUSER) == 0) return 0;
  if (const int error = write_map(pid, "uid_map", body.uids, body.uid_extents); error != 0) return error;
  return write_map(pid, "gid_map", body.gids, body.gid_extents);
}

void end_now(pid_t pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

// What the keeper keeps of a process lies from here on, so that what a launch brings is below.
constexpr int kKeptFrom = 256;
constexpr int kApartTimeout = 5000;  // milliseconds

bool is_low(const std::vector<Fd>& fds, const Fd& control) {
  return control.get() < kKeptFrom &&
         std::all_of(fds.begin(), fds.end(), [](const Fd& fd) { return fd.get() < kKeptFrom; });
}

// In the child of a clone with CLONE_FILES: from here on it has a table of its own, with the low descriptors
// only. A copy would begin with three descriptors of each container, all of which it would have to close.
void part_descriptors(int control) {
  if (syscall(SYS_close_range, static_cast<unsigned>(kKeptFrom), ~0U, CLOSE_RANGE_UNSHARE) != 0 ||
      write(control, "", 1) != 1)
    _exit(kExitFailed);
}

// Whether it has, or is dead. Until then no descriptor may be opened or closed here that it takes along.
bool wait_apart(const Fd& pidfd, const Fd& control) {
  std::array<pollfd, 2> both{pollfd{control.get(), POLLIN, 0}, pollfd{pidfd.get(), POLLIN, 0}};
  if (poll(both.data(), both.size(), kApartTimeout) <= 0) return false;
  char byte = 0;
  if ((both[0].revents & POLLIN) != 0) return read(control.get(), &byte, 1) == 1;
  return true;
}

bool has_join(const MappedList& list) {
  for (std::uint32_t i = 0; i < list.header->steps; ++i)
    if (list.steps[i].kind == StepKind::kJoin) return true;
  return false;
}

}  // namespace

Fd kept(Fd fd) {
  if (!fd || fd.get() >= kKeptFrom) return fd;
  Fd high(fcntl(fd.get(), F_DUPFD_CLOEXEC, kKeptFrom));
  return high ? std::move(high) : std::move(fd);
}

std::size_t Keeper::add_process(const Frame& frame) {
  std::size_t index = 0;
  while (index < processes_.size() && processes_[index]) ++index;
  if (index == processes_.size()) processes_.emplace_back();
  processes_[index] = std::make_unique<Process>();
  processes_[index]->tag = frame.tag;
  processes_[index]->generation = frame.generation;
  processes_[index]->process = frame.process;
  return index;
}

void Keeper::launch(const Frame& frame, std::string_view bytes, std::vector<Fd>& fds) {
  LaunchBody body;
  MappedList list;
  const std::size_t fixed = 2;  // memfd and channel come first, then the cgroup, then what is passed on
  if (!decode_launch(bytes, &body) || fds.size() < fixed + (body.has_cgroup != 0 ? 1 : 0))
    return reply(frame, EINVAL);
  if (find(frame) != ~std::size_t{0}) return reply(frame, EEXIST);
  const MappedMemory memory(fds[0]);
  if (!memory.list(&list)) return reply(frame, EBADMSG);
  const std::size_t first = fixed + (body.has_cgroup != 0 ? 1 : 0);
  if (fds.size() - first != list.header->passed) return reply(frame, EINVAL);
  std::array<int, kMaxSlots> passed{};
  for (std::size_t i = first; i < fds.size(); ++i) passed[i - first] = fds[i].get();
  std::array<int, 2> control{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control.data()) != 0) return reply(frame, errno);
  Fd ours(control[0]);
  const Fd theirs(control[1]);
  int pidfd_number = -1;
  const std::uint64_t into = body.has_cgroup != 0 ? CLONE_INTO_CGROUP : 0;
  // Who joins a container may be cloned into a group that root in there freezes: nobody waits for it.
  const bool joining = has_join(list);
  const std::uint64_t sharing = !joining && is_low(fds, theirs) ? CLONE_FILES : 0;
  const pid_t pid = clone_process({.flags = body.clone_flags | CLONE_PIDFD | into | sharing,
                                   .pidfd = &pidfd_number,
                                   .cgroup = body.has_cgroup != 0 ? fds[fixed].get() : -1,
                                   .exit_signal = SIGCHLD});
  if (pid < 0) return reply(frame, errno);
  if (pid == 0) {
    if (sharing != 0) part_descriptors(theirs.get());
    run_child(list, {.channel = fds[1].get(), .keeper = theirs.get(), .passed = passed.data()});
  }
  Fd pidfd(pidfd_number);
  int error = write_maps(pid, body);
  if (sharing != 0 && !wait_apart(pidfd, ours)) error = ETIMEDOUT;
  if (error != 0) {
    end_now(pid);
    return reply(frame, error);
  }
  const std::size_t index = add_process(frame);
  Process& process = *processes_[index];
  process.pid = pid;
  process.joining = joining;
  process.pidfd = kept(std::move(pidfd));
  process.control = std::move(ours);
  process.log_path = body.log_path.data();
  process.log_limit = body.log_limit;
  watch(process.pidfd.get(), key(Source::kPidfd, index), EPOLLIN);
  watch(process.control.get(), key(Source::kControl, index), EPOLLIN);
  reply(frame, 0, pid, 0, {process.pidfd.get()});
}

void Keeper::read_control(std::size_t index) {
  Process& process = *processes_[index];
  std::vector<Fd> fds;
  ChildMessage message{};
  std::string bytes;
  try {
    bytes = receive_with_fds(process.control.get(), sizeof message, &fds);
  } catch (const Error&) {
    bytes.clear();
  }
  if (bytes.size() != sizeof message || fds.size() != 1) {  // end-of-file: the child has exec'd or is dead
    unwatch(process.control.get());
    process.control.reset();
    return;
  }
  std::memcpy(&message, bytes.data(), sizeof message);
  if (message.word == ChildWord::kJoined && process.joining)
    return take_joined(index, message.pid, std::move(fds[0]));
  if (message.word == ChildWord::kConsole && !process.master) take_console(index, std::move(fds[0]));
}

// The go-between of a join made the real process and is about to exit: the entry now stands for the real one.
void Keeper::take_joined(std::size_t index, pid_t pid, Fd pidfd) {
  Process& process = *processes_[index];
  unwatch(process.pidfd.get());
  process.go_between = std::move(process.pidfd);
  watch(process.go_between.get(), key(Source::kGoBetween, index), EPOLLIN);
  process.pidfd = kept(std::move(pidfd));
  process.pid = pid;
  process.joining = false;
  watch(process.pidfd.get(), key(Source::kPidfd, index), EPOLLIN);
  const Frame frame{.type = FrameType::kJoined,
                    .tag = process.tag,
                    .generation = process.generation,
                    .process = process.process,
                    .a = pid};
  send(frame, {process.pidfd.get()});
}

void Keeper::note_exit(std::size_t index) {
  Process& process = *processes_[index];
  if (process.joining) {
    // A go-between that has ended may have left its word about the real process in the control socket.
    read_control(index);
    if (!process.joining) return;
  }
  pollfd ended{process.pidfd.get(), POLLIN, 0};
  if (poll(&ended, 1, 0) == 0) return;  // the event was the go-between's
  read_exit(process.pidfd.get(), &process.kind, &process.status);
  if (process.kind == ExitKind::kRunning) return;
  process.ended = time(nullptr);
  unwatch(process.pidfd.get());
  record_exit(process);
  if (process.master) read_console(index);  // what it said last
  const Frame frame{.type = FrameType::kExit,
                    .tag = process.tag,
                    .generation = process.generation,
                    .process = process.process,
                    .a = process.ended,
                    .b = static_cast<std::int64_t>(process.kind),
                    .c = process.status};
  send(frame);
}

void Keeper::record_exit(const Process& process) {
  const Fd file(open(exits_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  const std::string line = to_line(
      {process.tag, process.generation, process.process, process.kind, process.status, process.ended});
  // A full /run loses only the second copy: the zombie still tells as long as this keeper lives.
  if (file && write(file.get(), line.data(), line.size()) < 0) return;
}

// The record file only matters while some exit is unacknowledged.
void Keeper::trim_records() {
  for (const auto& process : processes_)
    if (process && process->kind != ExitKind::kRunning) return;
  if (truncate(exits_path_.c_str(), 0) != 0) return;  // told again, and acknowledged again
}

void Keeper::forget(std::size_t index) {
  Process& process = *processes_[index];
  waitid(P_PIDFD, static_cast<id_t>(process.pidfd.get()), nullptr, WEXITED | WNOHANG);
  if (process.go_between)
    waitid(P_PIDFD, static_cast<id_t>(process.go_between.get()), nullptr, WEXITED | WNOHANG);
  for (std::size_t i = 0; i < kMaxViewers; ++i) drop_viewer(index, i);
  processes_[index].reset();  // closing a descriptor takes it out of the epoll set
  trim_records();
}

}  // namespace croft::runtime
