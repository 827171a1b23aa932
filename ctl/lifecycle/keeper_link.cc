#include "ctl/lifecycle/keeper_link.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr useconds_t kPause = 20'000;
constexpr int kPatience = 250;  // attempts, 5 s in all

}  // namespace

KeeperLink::KeeperLink(std::string run, std::string program)
    : run_(std::move(run)), program_(std::move(program)) {}

void KeeperLink::connect(const runtime::KeeperEvents& events) {
  events_ = events;
  reconnect();
}

void KeeperLink::reconnect() {
  close();
  std::shared_ptr<runtime::KeeperClient> client = try_connect(1);
  if (!client && !program_.empty()) start_program();
  if (!client) client = try_connect(kPatience);
  if (!client)
    throw Error(ErrorKind::kUnavailable, "no keeper answers at `" + run_ + "/keeper.sock`")
        .cure(program_.empty() ? "systemctl start croft-keeper.service"
                               : "see whether `" + program_ + "` can run");
  const std::lock_guard lock(mutex_);
  client_ = std::move(client);
}

std::shared_ptr<runtime::KeeperClient> KeeperLink::try_connect(int attempts) {
  for (int i = 0; i < attempts; ++i) {
    if (i > 0) usleep(kPause);
    try {
      return std::make_shared<runtime::KeeperClient>(run_ + "/keeper.sock", events_);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kUnsupported) throw;  // another protocol version: waiting does not help
    }
  }
  return nullptr;
}

// The keeper goes into the background by itself once it listens, so it is nobody's child here.
void KeeperLink::start_program() const {
  std::array<const char*, 5> words{"croft-keeper", "--run", run_.c_str(), "--detach", nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, 0, 1);
  std::array<char*, 2> environment{const_cast<char*>("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nullptr};
  pid_t pid = 0;
  const int error = posix_spawn(&pid, program_.c_str(), &actions, nullptr, const_cast<char**>(words.data()),
                                environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error(runtime::kind_of_errno(error), "cannot run `" + program_ + "`", error);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
}

std::shared_ptr<runtime::KeeperClient> KeeperLink::get() const {
  const std::lock_guard lock(mutex_);
  if (!client_) throw Error(ErrorKind::kUnavailable, "the keeper is away").cure("try again in a moment");
  return client_;
}

void KeeperLink::close() {
  std::shared_ptr<runtime::KeeperClient> old;
  const std::lock_guard lock(mutex_);
  old.swap(client_);
}

}  // namespace croft::ctl
