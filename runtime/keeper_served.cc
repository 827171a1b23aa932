// A program that serves descriptors which must outlive it: the keeper holds them, and starts the program
// again whenever it ends. What it serves waits meanwhile.
#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <string>
#include <vector>

#include "runtime/keeper.h"

namespace croft::runtime {
namespace {

constexpr int kFirstPassed = 3;
constexpr int kHighEnough = 64;          // above all numbers that are passed on
constexpr std::int64_t kShortLife = 50;  // ms: what ends sooner may not be able to run at all
constexpr unsigned kFewFailures = 5;     // that are made up for at once
constexpr int kPause = 200;              // ms before each attempt after them

std::int64_t milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

std::vector<char*> words_of(std::string& command) {
  std::vector<char*> words;
  for (std::size_t from = 0; from < command.size();) {
    words.push_back(command.data() + from);
    from = std::min(command.find('\t', from), command.size());
    if (from < command.size()) command[from++] = '\0';
  }
  words.push_back(nullptr);
  return words;
}

pid_t spawn(std::string command, const std::vector<Fd>& fds) {
  std::vector<char*> words = words_of(command);
  std::array<char*, 2> environment{const_cast<char*>("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  for (std::size_t i = 0; i < fds.size(); ++i)
    posix_spawn_file_actions_adddup2(&actions, fds[i].get(), kFirstPassed + static_cast<int>(i));
  // What the keeper has itself of its starter's is not to live on in it.
  posix_spawn_file_actions_addclosefrom_np(&actions, kFirstPassed + static_cast<int>(fds.size()));
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, words[0], &actions, &attributes, words.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = error;
  return error == 0 ? pid : -1;
}

}  // namespace

// Without descriptors it asks for what is served: reply.b = pid, and the descriptors.
void Keeper::serve(const Frame& frame, std::string_view command, std::vector<Fd>& fds) {
  if (fds.empty()) {
    if (!served_) return reply(frame, ENOENT);
    std::vector<int> held;
    for (const Fd& fd : served_->fds) held.push_back(fd.get());
    return reply(frame, 0, served_->pid, 0, held);
  }
  if (served_) return reply(frame, EEXIST);
  if (fds.size() > kMaxServed || command.empty()) return reply(frame, EINVAL);
  served_ = std::make_unique<Served>();
  served_->command = command;
  for (const Fd& fd : fds) served_->fds.emplace_back(fcntl(fd.get(), F_DUPFD_CLOEXEC, kHighEnough));
  if (!start_served()) {
    const int error = errno;
    served_.reset();
    return reply(frame, error);
  }
  reply(frame, 0, served_->pid);
}

bool Keeper::start_served() {
  served_->pid = spawn(served_->command, served_->fds);
  if (served_->pid < 0) return false;
  served_->started = milliseconds();
  watch_served();
  return true;
}

void Keeper::watch_served() {
  served_->pidfd = Fd(static_cast<int>(syscall(SYS_pidfd_open, served_->pid, 0)));
  if (served_->pidfd) watch(served_->pidfd.get(), key(Source::kServed, 0), EPOLLIN);
}

// It ends by itself, with status 0, when there is nothing to serve any more. One that cannot even start is
// tried again in each tick, for as long as somebody may wait for it.
void Keeper::restart_served() {
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(served_->pidfd.get()), &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0)
    return;
  unwatch(served_->pidfd.get());
  served_->pidfd.reset();
  if (info.si_code == CLD_EXITED && info.si_status == 0) {
    served_.reset();
    return;
  }
  const bool short_life = milliseconds() - served_->started < kShortLife;
  served_->failures = short_life ? served_->failures + 1 : 0;
  if (served_->failures > kFewFailures) {
    served_->pid = 0;
    return retry_served_later();
  }
  if (!start_served()) retry_served_later();
}

void Keeper::retry_served_later() {
  served_timer_.reset(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  const itimerspec once{.it_interval = {}, .it_value = {0, kPause * 1'000'000L}};
  timerfd_settime(served_timer_.get(), 0, &once, nullptr);
  if (served_timer_) watch(served_timer_.get(), key(Source::kServedTimer, 0), EPOLLIN);
}

void Keeper::handle_served(Source source) {
  if (!served_) return;
  if (source == Source::kServed && served_->pidfd) return restart_served();
  if (source != Source::kServedTimer || !served_timer_) return;
  served_timer_.reset();
  if (!start_served()) retry_served_later();
}

void Keeper::end_served() {
  if (!served_ || !served_->pidfd) return;
  syscall(SYS_pidfd_send_signal, served_->pidfd.get(), SIGKILL, nullptr, 0);
  waitid(P_PIDFD, static_cast<id_t>(served_->pidfd.get()), nullptr, WEXITED);
  served_.reset();
}

}  // namespace croft::runtime
