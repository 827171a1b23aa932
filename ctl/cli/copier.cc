#include "ctl/cli/copier.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr int kFailed = 64;          // and the kind of the error (ctl/copy/copy_main.cc)
constexpr int kCleaningTime = 2000;  // ms
constexpr std::size_t kMostComplaint = 65536;

std::string directory_of(std::string path, int levels) {
  for (; levels > 0 && !path.empty(); --levels) path.erase(path.rfind('/'));
  return path;
}

// Where it was installed; in a tree that was only built, beside the keeper.
std::string program() {
  std::array<char, PATH_MAX> text{};
  const ssize_t size = readlink("/proc/self/exe", text.data(), text.size());
  const std::string self(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  for (const std::string& path :
       {directory_of(self, 2) + "/libexec/croft/croft-copy", directory_of(self, 3) + "/runtime/croft-copy"})
    if (access(path.c_str(), X_OK) == 0) return path;
  throw Error(ErrorKind::kNotFound, "there is no croft-copy").cure("install Croft again");
}

}  // namespace

Copier::Copier(const std::vector<std::string>& words, int in, int out) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
  errors_ = runtime::Fd(ends[0]);
  const runtime::Fd writing(ends[1]);
  // Above 2, so that none is overwritten before it is in its place.
  const runtime::Fd from(fcntl(in, F_DUPFD_CLOEXEC, 3));
  const runtime::Fd to(fcntl(out, F_DUPFD_CLOEXEC, 3));
  std::vector<std::string> texts{program()};
  texts.insert(texts.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, from.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, to.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, writing.get(), 2);
  const int error = posix_spawn(&pid_, texts.front().c_str(), &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    pid_ = -1;
    throw Error(runtime::kind_of_errno(error), "cannot start `" + texts.front() + "`", error);
  }
}

// It removes what it has half made when it sees that nobody listens any more.
Copier::~Copier() {
  if (pid_ < 0) return;
  errors_.reset();
  const runtime::Fd ended(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0U)));
  pollfd waiting{ended.get(), POLLIN, 0};
  if (poll(&waiting, 1, kCleaningTime) <= 0) kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

std::string Copier::finish() {
  std::string said;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = read(errors_.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (said.size() < kMostComplaint) said.append(buffer.data(), static_cast<std::size_t>(got));
  }
  while (!said.empty() && said.back() == '\n') said.pop_back();
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return said;
  const int kind = WIFEXITED(status) ? WEXITSTATUS(status) - kFailed : -1;
  if (kind < 0 || kind > static_cast<int>(ErrorKind::kSystem) || said.empty())
    throw Error(ErrorKind::kSystem, "croft-copy ended before its work was done");
  throw Error(static_cast<ErrorKind>(kind), said);
}

}  // namespace croft::ctl
