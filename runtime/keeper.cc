#include "runtime/keeper.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/error.h"

namespace croft::runtime {
namespace {

constexpr std::size_t kNone = ~std::size_t{0};

bool peer_is_root(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 && credentials.uid == 0;
}

// waitid(2) says ECHILD of somebody else's process, EBADF of what is no pidfd.
bool is_pidfd(const Fd& fd) {
  siginfo_t info{};
  return waitid(P_PIDFD, static_cast<id_t>(fd.get()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 ||
         errno == ECHILD;
}

bool is_terminal_master(const Fd& fd) {
  int number = 0;
  return ioctl(fd.get(), TIOCGPTN, &number) == 0;
}

}  // namespace

Keeper::Keeper(Fd listener, std::string exits_path)
    : listener_(std::move(listener)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      exits_path_(std::move(exits_path)) {
  if (!epoll_ || !timer_) fail_errno("cannot set up the event loop");
  watch(listener_.get(), key(Source::kListener, 0), EPOLLIN);
  watch(timer_.get(), key(Source::kTimer, 0), EPOLLIN);
}

std::uint64_t Keeper::key(Source source, std::size_t index, std::size_t viewer) {
  return static_cast<std::uint64_t>(source) << 56U | static_cast<std::uint64_t>(viewer) << 48U | index;
}

void Keeper::watch(int fd, std::uint64_t key, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.u64 = key}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail_errno("cannot watch a descriptor");
}

void Keeper::change(int fd, std::uint64_t key, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.u64 = key}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Keeper::unwatch(int fd) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Keeper::run() {
  std::array<epoll_event, 64> events{};
  while (running_) {
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count && running_; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      try {
        handle(event.data.u64, event.events);
      } catch (const std::exception&) {
        // Out of descriptors or memory while serving one event. The keeper must outlive that: the daemon's
        // end of the conversation is dropped, and it finds the truth again by listing.
        drop_peer();
      }
    }
  }
}

void Keeper::handle(std::uint64_t event_key, std::uint32_t events) {
  const auto source = static_cast<Source>(event_key >> 56U);
  const std::size_t index = event_key & 0xffffffffffffU;
  const std::size_t viewer = event_key >> 48U & 0xffU;
  if (source == Source::kListener) return accept_peer();
  if (source == Source::kPeer) return read_peer();
  if (source == Source::kTimer) return tick();
  if (source == Source::kServed || source == Source::kServedTimer) return handle_served(source);
  if (index >= processes_.size() || !processes_[index]) return;  // forgotten earlier in the same batch
  Process& process = *processes_[index];
  if (source == Source::kPidfd && process.kind == ExitKind::kRunning) return note_exit(index);
  if (source == Source::kControl && process.control) return read_control(index);
  if (source == Source::kGoBetween && process.go_between) {
    waitid(P_PIDFD, static_cast<id_t>(process.go_between.get()), nullptr, WEXITED | WNOHANG);
    unwatch(process.go_between.get());
    process.go_between.reset();
  }
  if (source == Source::kConsole && process.master) {
    if ((events & EPOLLOUT) != 0) flush_viewers(index);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_console(index);
  }
  if (source == Source::kViewer && process.viewers[viewer]) read_viewer(index, viewer);
}

void Keeper::accept_peer() {
  Fd peer(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!peer || !peer_is_root(peer.get())) return;
  drop_peer();  // a daemon that starts anew takes the place of the one before
  peer_ = std::move(peer);
  watch(peer_.get(), key(Source::kPeer, 0), EPOLLIN);
}

void Keeper::drop_peer() {
  if (!peer_) return;
  unwatch(peer_.get());
  peer_.reset();
}

void Keeper::read_peer() {
  if (!peer_) return;
  std::vector<Fd> fds;
  std::string bytes;
  try {
    bytes = receive_with_fds(peer_.get(), kMaxFrame, &fds);
  } catch (const Error& error) {
    if (error.error_number() == EAGAIN) return;
    return drop_peer();
  }
  Frame frame;
  std::string_view body;
  if (!decode(bytes, &frame, &body)) return drop_peer();
  dispatch(frame, body, fds);
}

void Keeper::dispatch(const Frame& frame, std::string_view body, std::vector<Fd>& fds) {
  switch (frame.type) {
    case FrameType::kHello:
      return reply(frame, frame.a == kProtocolVersion ? 0 : EPROTONOSUPPORT, kProtocolVersion, getpid());
    case FrameType::kLaunch:
      return launch(frame, body, fds);
    case FrameType::kNext:
      return answer_next(frame);
    case FrameType::kAcknowledge:
      return acknowledge(frame);
    case FrameType::kAttach:
      return attach(frame, fds);
    case FrameType::kAdopt:
      return adopt(frame, body, fds);
    case FrameType::kServe:
      return serve(frame, body, fds);
    case FrameType::kUpgrade:
      return upgrade(frame, body);
    case FrameType::kStop:
      for (const auto& process : processes_)
        if (process) return reply(frame, EBUSY);
      end_served();
      running_ = false;
      return reply(frame, 0);
    default:
      return reply(frame, EINVAL);
  }
}

void Keeper::send(const Frame& frame, const std::vector<int>& fds) {
  if (!peer_) return;
  try {
    send_with_fds(peer_.get(), encode(frame), fds);
  } catch (const Error&) {
    drop_peer();  // gone, or it does not read: it will list when it is back
  }
}

void Keeper::reply(const Frame& request, int error, std::int64_t b, std::int64_t c,
                   const std::vector<int>& fds) {
  Frame frame = request;
  frame.type = FrameType::kReply;
  frame.a = error;
  frame.b = b;
  frame.c = c;
  send(frame, fds);
}

// One entry a request, so that no list ever fills the socket: request.b = pid, c = index of the next; the
// frame's tag, generation and process name it, and an ended one is told again by a kExit event right after.
void Keeper::answer_next(const Frame& request) {
  for (auto index = static_cast<std::size_t>(request.a); index < processes_.size(); ++index) {
    const auto& process = processes_[index];
    if (!process || process->joining) continue;
    Frame frame = request;
    frame.tag = process->tag;
    frame.generation = process->generation;
    frame.process = process->process;
    std::vector<int> fds{process->pidfd.get()};
    if (process->master) fds.push_back(process->master.get());
    reply(frame, 0, process->pid, static_cast<std::int64_t>(index) + 1, fds);
    if (process->kind == ExitKind::kRunning) return;
    frame = {.type = FrameType::kExit,
             .tag = process->tag,
             .generation = process->generation,
             .process = process->process,
             .a = process->ended,
             .b = static_cast<std::int64_t>(process->kind),
             .c = process->status};
    return send(frame);
  }
  reply(request, ENOENT);
}

std::size_t Keeper::find(const Frame& frame) const {
  for (std::size_t i = 0; i < processes_.size(); ++i)
    if (processes_[i] && processes_[i]->tag == frame.tag && processes_[i]->generation == frame.generation &&
        processes_[i]->process == frame.process)
      return i;
  return kNone;
}

void Keeper::acknowledge(const Frame& frame) {
  const std::size_t index = find(frame);
  if (index == kNone) return reply(frame, ENOENT);
  if (processes_[index]->kind == ExitKind::kRunning) return reply(frame, EBUSY);
  forget(index);
  reply(frame, 0);
}

void Keeper::attach(const Frame& frame, std::vector<Fd>& fds) {
  const std::size_t index = find(frame);
  if (index == kNone || !processes_[index]->master) return reply(frame, ENOENT);
  if (fds.size() != 1) return reply(frame, EINVAL);
  for (std::size_t i = 0; i < kMaxViewers; ++i) {
    std::unique_ptr<Viewer>& place = processes_[index]->viewers[i];
    if (place) continue;
    watch(fds[0].get(), key(Source::kViewer, index, i), EPOLLIN);
    place = std::make_unique<Viewer>();
    place->socket = std::move(fds[0]);
    return reply(frame, 0);
  }
  reply(frame, EBUSY);
}

void Keeper::adopt(const Frame& frame, std::string_view body, std::vector<Fd>& fds) {
  if (fds.empty() || fds.size() > 2) return reply(frame, EINVAL);
  if (!is_pidfd(fds[0]) || (fds.size() == 2 && !is_terminal_master(fds[1]))) return reply(frame, EBADF);
  if (find(frame) != kNone) return reply(frame, EEXIST);
  const std::size_t index = add_process(frame);
  Process& process = *processes_[index];
  process.pid = static_cast<pid_t>(frame.a);
  process.log_limit = static_cast<std::uint32_t>(frame.b);
  process.log_path = body;
  process.pidfd = kept(std::move(fds[0]));
  watch(process.pidfd.get(), key(Source::kPidfd, index), EPOLLIN);
  if (fds.size() == 2) take_console(index, std::move(fds[1]));
  reply(frame, 0);
}

}  // namespace croft::runtime
