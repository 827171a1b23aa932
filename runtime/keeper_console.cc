// The keeper's consoles: terminal to bounded log file and viewers, viewers to terminal.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "runtime/error.h"
#include "runtime/keeper.h"

namespace croft::runtime {
namespace {

// A container that writes without end gets this much of the keeper per tick, and is otherwise made to wait by
// its own full terminal.
constexpr std::int64_t kBytesPerTick = 128 * 1024;
constexpr long kTickNanoseconds = 100'000'000;

void arm(const Fd& timer, bool on) {
  itimerspec when{};
  if (on) when.it_interval.tv_nsec = when.it_value.tv_nsec = kTickNanoseconds;
  timerfd_settime(timer.get(), 0, &when, nullptr);
}

std::size_t append(const std::string& path, const char* data, std::size_t size) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file || write(file.get(), data, size) < 0)
    return 0;  // a full disk loses log text, never the container
  struct stat info {};
  return fstat(file.get(), &info) == 0 ? static_cast<std::size_t>(info.st_size) : 0;
}

}  // namespace

void Keeper::take_console(std::size_t index, Fd master) {
  Process& process = *processes_[index];
  process.master = kept(std::move(master));
  fcntl(process.master.get(), F_SETFL, O_NONBLOCK | O_RDWR);
  process.slave = kept(Fd(ioctl(process.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)));
  process.budget = kBytesPerTick;
  watch(process.master.get(), key(Source::kConsole, index), EPOLLIN);
  const Frame frame{.type = FrameType::kConsole, .tag = process.tag, .generation = process.generation};
  send(frame, {process.master.get()});
}

void Keeper::watch_console(std::size_t index) {
  Process& process = *processes_[index];
  std::uint32_t events = process.throttled ? 0U : static_cast<std::uint32_t>(EPOLLIN);
  for (const auto& viewer : process.viewers)
    if (viewer && viewer->pending_size != 0) events |= EPOLLOUT;
  change(process.master.get(), key(Source::kConsole, index), events);
}

void Keeper::read_console(std::size_t index) {
  Process& process = *processes_[index];
  std::array<char, 4097> packet{};
  packet[0] = kViewerData;
  const ssize_t got = read(process.master.get(), packet.data() + 1, packet.size() - 1);
  if (got <= 0) {
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    unwatch(process.master.get());  // hang-up: the slave is gone for good
    process.master.reset();
    return;
  }
  const auto size = static_cast<std::size_t>(got);
  write_log(process, packet.data() + 1, size);
  for (std::size_t i = 0; i < kMaxViewers; ++i) {
    if (!process.viewers[i]) continue;
    // A viewer that does not read misses what it has no room for; the log has it.
    if (::send(process.viewers[i]->socket.get(), packet.data(), size + 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
        errno != EAGAIN)
      drop_viewer(index, i);
  }
  process.budget -= got;
  if (process.budget > 0 && ticking_) return;
  if (process.budget <= 0) {
    process.throttled = true;
    watch_console(index);
  }
  if (!ticking_) arm(timer_, ticking_ = true);
}

void Keeper::tick() {
  std::uint64_t expirations = 0;
  if (read(timer_.get(), &expirations, sizeof expirations) < 0) return;
  bool busy = false;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (!processes_[i] || processes_[i]->budget == kBytesPerTick || !processes_[i]->master) continue;
    busy = true;
    processes_[i]->budget = kBytesPerTick;
    if (!processes_[i]->throttled) continue;
    processes_[i]->throttled = false;
    watch_console(i);
  }
  if (!busy) arm(timer_, ticking_ = false);
}

void Keeper::write_log(Process& process, const char* data, std::size_t size) {
  if (process.log_path.empty()) return;
  if (append(process.log_path, data, size) <= process.log_limit) return;
  rename(process.log_path.c_str(), (process.log_path + ".1").c_str());
}

void Keeper::read_viewer(std::size_t index, std::size_t number) {
  Process& process = *processes_[index];
  Viewer& viewer = *process.viewers[number];
  std::array<char, kMaxViewerPacket + 1> packet{};
  const ssize_t got = recv(viewer.socket.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_TRUNC);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0 || static_cast<std::size_t>(got) > packet.size() || !process.master)
    return drop_viewer(index, number);
  if (packet[0] == kViewerSize && got == 5) {
    winsize size{};
    std::memcpy(&size.ws_row, packet.data() + 1, 2);
    std::memcpy(&size.ws_col, packet.data() + 3, 2);
    ioctl(process.master.get(), TIOCSWINSZ, &size);
    return;
  }
  if (packet[0] != kViewerData) return drop_viewer(index, number);
  viewer.pending_size = static_cast<std::size_t>(got) - 1;
  std::memcpy(viewer.pending.data(), packet.data() + 1, viewer.pending_size);
  // Until the terminal has taken this, nothing more is read of this viewer.
  change(viewer.socket.get(), key(Source::kViewer, index, number), 0);
  flush_viewers(index);
}

void Keeper::flush_viewers(std::size_t index) {
  Process& process = *processes_[index];
  for (std::size_t i = 0; i < kMaxViewers; ++i) {
    Viewer* viewer = process.viewers[i].get();
    if (viewer == nullptr || viewer->pending_size == 0) continue;
    const ssize_t put = write(process.master.get(), viewer->pending.data(), viewer->pending_size);
    if (put < 0 && errno != EAGAIN && errno != EINTR) return drop_viewer(index, i);
    const std::size_t done = put < 0 ? 0 : static_cast<std::size_t>(put);
    viewer->pending_size -= done;
    std::memmove(viewer->pending.data(), viewer->pending.data() + done, viewer->pending_size);
    if (viewer->pending_size == 0) change(viewer->socket.get(), key(Source::kViewer, index, i), EPOLLIN);
  }
  watch_console(index);
}

void Keeper::drop_viewer(std::size_t index, std::size_t number) {
  std::unique_ptr<Viewer>& viewer = processes_[index]->viewers[number];
  if (!viewer) return;
  unwatch(viewer->socket.get());
  viewer.reset();
}

}  // namespace croft::runtime
