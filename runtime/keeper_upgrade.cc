// How a keeper hands over to a newer program: execve(2) in place, so that its children stay its children. The
// table travels as text in a memfd; pidfds, terminals and sockets stay open across the exec by their numbers.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "runtime/error.h"
#include "runtime/keeper.h"

namespace croft::runtime {
namespace {

constexpr const char* kStateWord = "keeper-state-1";
constexpr const char* kServedWord = "served";

void keep_over_exec(const std::vector<int>& fds, bool keep) {
  for (const int fd : fds)
    if (fd >= 0) fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

Fd take(int number) {
  if (number >= 0) fcntl(number, F_SETFD, FD_CLOEXEC);
  return Fd(number);
}

}  // namespace

std::vector<int> Keeper::held_fds() const {
  std::vector<int> fds{listener_.get(), peer_.get()};
  for (const auto& process : processes_) {
    if (!process) continue;
    for (const Fd* fd :
         {&process->pidfd, &process->control, &process->go_between, &process->master, &process->slave})
      fds.push_back(fd->get());
    for (const auto& viewer : process->viewers)
      if (viewer) fds.push_back(viewer->socket.get());
  }
  if (served_) {
    fds.push_back(served_->pidfd.get());
    for (const Fd& fd : served_->fds) fds.push_back(fd.get());
  }
  return fds;
}

// Words separated by blanks; the log path is last on its line, so it may hold blanks itself.
std::string Keeper::pack_state(const Frame& request) const {
  std::ostringstream out;
  out << kStateWord << ' ' << listener_.get() << ' ' << peer_.get() << ' ' << request.request << '\n'
      << exits_path_ << '\n';
  for (const auto& p : processes_) {
    if (!p) continue;
    out << tag_text(p->tag) << ' ' << p->generation << ' ' << p->process << ' ' << p->pid << ' ' << p->joining
        << ' ' << static_cast<std::int64_t>(p->kind) << ' ' << p->status << ' ' << p->ended << ' '
        << p->pidfd.get() << ' ' << p->control.get() << ' ' << p->go_between.get() << ' ' << p->master.get()
        << ' ' << p->slave.get() << ' ' << p->log_limit;
    for (const auto& viewer : p->viewers) out << ' ' << (viewer ? viewer->socket.get() : -1);
    out << ' ' << p->log_path << '\n';
  }
  if (served_) {
    out << kServedWord << ' ' << served_->pid << ' ' << served_->pidfd.get() << ' ' << served_->fds.size();
    for (const Fd& fd : served_->fds) out << ' ' << fd.get();
    out << ' ' << served_->command << '\n';
  }
  return out.str();
}

// Its descriptors, then the command to the end of the line.
void Keeper::resume_served(std::istream& in) {
  auto served = std::make_unique<Served>();
  int pidfd = -1;
  std::size_t count = 0;
  in >> served->pid >> pidfd >> count;
  for (std::size_t i = 0; i < count && i < kMaxServed; ++i) {
    int fd = -1;
    in >> fd;
    served->fds.push_back(take(fd));
  }
  in.ignore(1);
  std::getline(in, served->command);
  if (!in) throw Error(ErrorKind::kSystem, "the former keeper's state is damaged");
  served->pidfd = take(pidfd);
  served_ = std::move(served);
  if (served_->pidfd)
    watch(served_->pidfd.get(), key(Source::kServed, 0), EPOLLIN);
  else
    retry_served_later();
}

void Keeper::upgrade(const Frame& frame, std::string_view path) {
  const std::string program(path);
  if (program.empty() || access(program.c_str(), X_OK) != 0)
    return reply(frame, program.empty() ? EINVAL : errno);
  const Fd state = sealed_memory("keeper-state", pack_state(frame));
  std::vector<int> fds = held_fds();
  fds.push_back(state.get());
  keep_over_exec(fds, true);
  const std::string number = std::to_string(state.get());
  const std::string run = exits_path_.substr(0, exits_path_.rfind('/'));  // so that ps(1) tells whose it is
  execl(program.c_str(), "croft-keeper", "--run", run.c_str(), "--resume", number.c_str(), nullptr);
  const int error = errno;
  keep_over_exec(fds, false);
  reply(frame, error);
}

void Keeper::resume(const Fd& state) {
  lseek(state.get(), 0, SEEK_SET);
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = read(state.get(), buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(got));
  std::istringstream in(text);
  std::string word;
  int listener = -1;
  int peer = -1;
  Frame request;
  in >> word >> listener >> peer >> request.request;
  if (word != kStateWord)
    throw Error(ErrorKind::kUnsupported, "the former keeper left its state in another format");
  in.ignore(1);
  std::getline(in, exits_path_);
  unwatch(listener_.get());
  listener_ = take(listener);
  watch(listener_.get(), key(Source::kListener, 0), EPOLLIN);
  while (in >> word) {
    if (word == kServedWord) {
      resume_served(in);
      continue;
    }
    const std::size_t index = processes_.size();
    processes_.push_back(std::make_unique<Process>());
    Process& p = *processes_.back();
    std::int64_t kind = 0;
    std::array<int, 5> fds{};
    in >> p.generation >> p.process >> p.pid >> p.joining >> kind >> p.status >> p.ended;
    for (int& fd : fds) in >> fd;
    in >> p.log_limit;
    std::array<int, kMaxViewers> viewers{};
    for (int& fd : viewers) in >> fd;
    in.ignore(1);
    std::getline(in, p.log_path);
    if (!in || !parse_tag(word, &p.tag))
      throw Error(ErrorKind::kSystem, "the former keeper's state is damaged");
    p.kind = static_cast<ExitKind>(kind);
    p.pidfd = kept(take(fds[0]));
    p.control = take(fds[1]);
    p.go_between = take(fds[2]);
    Fd master = take(fds[3]);
    const Fd old_slave = take(fds[4]);
    if (p.kind == ExitKind::kRunning) watch(p.pidfd.get(), key(Source::kPidfd, index), EPOLLIN);
    if (p.control) watch(p.control.get(), key(Source::kControl, index), EPOLLIN);
    if (p.go_between) watch(p.go_between.get(), key(Source::kGoBetween, index), EPOLLIN);
    if (master) take_console(index, std::move(master));
    for (std::size_t i = 0; i < kMaxViewers; ++i) {
      if (viewers[i] < 0) continue;
      p.viewers[i] = std::make_unique<Viewer>();
      p.viewers[i]->socket = take(viewers[i]);
      watch(p.viewers[i]->socket.get(), key(Source::kViewer, index, i), EPOLLIN);
    }
  }
  peer_ = take(peer);
  if (!peer_) return;
  watch(peer_.get(), key(Source::kPeer, 0), EPOLLIN);
  reply(request, 0, kProtocolVersion, getpid());
}

}  // namespace croft::runtime
