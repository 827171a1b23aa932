#include "ctl/lifecycle/hook.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

void check_owner(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) runtime::fail_errno("cannot look at `" + path + "`");
  if (status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw Error(ErrorKind::kRefused, "`" + path + "` does not belong to root alone")
        .cure("chown root: '" + path + "' && chmod go-w '" + path + "'");
}

void check_program(const std::string& directory, const std::string& name) {
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos)
    throw Error(ErrorKind::kInvalid, "`" + name + "` is no plain file name");
  const runtime::Fd folder = runtime::open_file(directory, O_PATH | O_DIRECTORY);
  check_owner(folder.get(), directory);
  const runtime::Fd program = runtime::open_at(folder, name, O_PATH | O_NOFOLLOW);
  check_owner(program.get(), directory + "/" + name);
}

class Streams {
 public:
  Streams() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
  }
  ~Streams() { posix_spawn_file_actions_destroy(&actions_); }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Its own session, signals as at the start of a program.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

pid_t spawn(const std::string& program, std::vector<std::string> environment) {
  std::vector<char*> variables;
  for (std::string& line : environment) variables.push_back(line.data());
  variables.push_back(nullptr);
  std::string path = program;
  std::array<char*, 2> words{path.data(), nullptr};
  const Streams streams;
  const Attributes attributes;
  pid_t pid = 0;
  const int failed =
      posix_spawn(&pid, program.c_str(), streams.get(), attributes.get(), words.data(), variables.data());
  if (failed != 0) throw Error(runtime::kind_of_errno(failed), "cannot run `" + program + "`", failed);
  return pid;
}

}  // namespace

void run_hook(const std::string& directory, const std::string& name,
              const std::vector<std::pair<std::string, std::string>>& values, std::chrono::seconds limit) {
  check_program(directory, name);
  const std::string program = directory + "/" + name;
  std::vector<std::string> environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  for (const auto& [key, value] : values) environment.push_back(key + "=" + value);
  const pid_t pid = spawn(program, std::move(environment));
  const runtime::Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{pidfd.get(), POLLIN, 0};
  const bool in_time = poll(&ended, 1, static_cast<int>(std::chrono::milliseconds(limit).count())) > 0;
  if (!in_time) kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time)
    throw Error(ErrorKind::kTimeout,
                "`" + program + "` was killed: it took longer than " + std::to_string(limit.count()) + " s");
  if (status != 0)
    throw Error(ErrorKind::kSystem, "`" + program + "` ended with " +
                                        (WIFEXITED(status) ? "status " + std::to_string(WEXITSTATUS(status))
                                                           : "signal " + std::to_string(WTERMSIG(status))));
}

}  // namespace croft::ctl
