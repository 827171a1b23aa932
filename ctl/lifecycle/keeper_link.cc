#include "ctl/lifecycle/keeper_link.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr useconds_t kPause = 20'000;
constexpr int kPatience = 250;  // attempts, 5 s in all

// Runs it with this standard output until it ends or is in the background; its wait status.
int run_keeper(const std::string& program, const std::vector<std::string>& options, const Fd& output) {
  std::vector<char*> words{const_cast<char*>("croft-keeper")};
  for (const std::string& option : options) words.push_back(const_cast<char*>(option.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&actions, output.get(), 1);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);  // it outlives whoever the rest belongs to
  std::array<char*, 2> environment{const_cast<char*>("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nullptr};
  pid_t pid = 0;
  const int error = posix_spawn(&pid, program.c_str(), &actions, nullptr, words.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw Error(runtime::kind_of_errno(error), "cannot run `" + program + "`", error)
        .cure("install Croft again");
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

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
  const Fd null = runtime::open_file("/dev/null", O_RDWR);
  static_cast<void>(run_keeper(program_, {"--run", run_, "--detach"}, null));
}

void KeeperLink::upgrade(const std::string& program) const {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  // It is about to become the parent of every container, and there is no way back.
  const int status = run_keeper(program, {"--version"}, writing);
  writing.reset();
  std::array<char, 64> said{};
  const ssize_t got = read(reading.get(), said.data(), said.size());
  const std::string_view text(said.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (status != 0 || !text.starts_with("croft-keeper "))
    throw Error(ErrorKind::kUnsupported, "`" + program + "` is no croft-keeper").cure("install Croft again");
  get()->upgrade(program);
}

std::shared_ptr<runtime::KeeperClient> KeeperLink::get() const {
  const std::lock_guard lock(mutex_);
  if (!client_) throw Error(ErrorKind::kUnavailable, "the keeper is away").cure("try again in a moment");
  return client_;
}

bool KeeperLink::lost() const {
  const std::lock_guard lock(mutex_);
  return !client_ || client_->lost();
}

void KeeperLink::close() {
  std::shared_ptr<runtime::KeeperClient> old;
  const std::lock_guard lock(mutex_);
  old.swap(client_);
}

}  // namespace croft::ctl
