#include "ctl/daemon/directories.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr mode_t kParentMode = 0755;

void prepare(const std::string& path, mode_t mode) {
  const std::size_t slash = path.find_last_of('/');
  if (slash != 0) runtime::make_directories(path.substr(0, slash), kParentMode);
  if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    runtime::fail_errno("cannot make directory `" + path + "`");
  const Fd directory = runtime::open_file(path, O_RDONLY | O_DIRECTORY);
  struct stat info {};
  if (fstat(directory.get(), &info) != 0) runtime::fail_errno("cannot look at `" + path + "`");
  if (info.st_uid != geteuid()) {
    Error error(ErrorKind::kRefused, "`" + path + "` belongs to uid " + std::to_string(info.st_uid));
    error.cure("name a directory of its own");
    throw error;
  }
  // Whoever could write here before may have left something: that is for the administrator to judge.
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    Error error(ErrorKind::kRefused, "others than its owner can write to `" + path + "`");
    error.cure("see what is in it, then chmod go-w");
    throw error;
  }
  if (fchmod(directory.get(), mode) != 0) runtime::fail_errno("cannot set the mode of `" + path + "`");
}

// Of a daemon that was killed, a child that was about to run a program has the lock for a moment longer.
constexpr std::chrono::seconds kPatience{5};

bool is_gone(const std::string& pid) {
  const pid_t number = static_cast<pid_t>(std::strtol(pid.c_str(), nullptr, 10));
  return number > 0 && kill(number, 0) != 0 && errno == ESRCH;
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

void prepare_directories(const std::string& data, const std::string& run) {
  prepare(without_slash(data), 0700);
  prepare(without_slash(run), 0711);
}

Fd lock_directory(const std::string& directory) {
  const std::string path = directory + "/croftd.lock";
  Fd lock = runtime::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) runtime::fail_errno("cannot lock `" + path + "`");
    const std::string pid = runtime::read_file(path, 64);
    if (is_gone(pid) && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    Error error(ErrorKind::kBusy,
                "another croftd (process " + pid.substr(0, pid.find('\n')) + ") uses `" + directory + "`");
    error.cure("stop it, or name another directory");
    throw error;
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(lock.get(), 0) != 0 || write(lock.get(), pid.data(), pid.size()) < 0)
    runtime::fail_errno("cannot write `" + path + "`");
  return lock;
}

}  // namespace croft::ctl
