// The program nft at work: a text in, and its complaint when it has one.
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "netns/ruleset.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;

constexpr std::size_t kMostWords = 2000;

Fd scratch() {
  Fd fd(memfd_create("nft", MFD_CLOEXEC));
  if (!fd) runtime::fail_errno("cannot make memory for nft");
  return fd;
}

struct Actions {
  Actions() { posix_spawn_file_actions_init(&raw); }
  ~Actions() { posix_spawn_file_actions_destroy(&raw); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  posix_spawn_file_actions_t raw{};
};

int run(const Fd& in, const Fd& out) {
  Actions actions;
  posix_spawn_file_actions_adddup2(&actions.raw, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions.raw, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions.raw, out.get(), STDERR_FILENO);
  std::string program = "nft";
  std::string flag = "-f";
  std::string source = "-";
  char* arguments[] = {program.data(), flag.data(), source.data(), nullptr};
  std::string path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char* environment[] = {path.data(), nullptr};
  pid_t pid = 0;
  if (const int wrong = posix_spawnp(&pid, "nft", &actions.raw, nullptr, arguments, environment); wrong != 0)
    throw Error(ErrorKind::kUnsupported, "cannot run the program nft", wrong)
        .cure("install the package nftables");
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) runtime::fail_errno("cannot wait for nft");
  return status;
}

}  // namespace

void load_ruleset(const std::string& text) {
  const Fd in = runtime::sealed_memory("ruleset", text);
  const Fd out = scratch();
  if (run(in, out) == 0) return;
  std::string words(kMostWords, '\0');
  const ssize_t got = pread(out.get(), words.data(), words.size(), 0);
  words.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  throw Error(ErrorKind::kSystem, "nft did not take the rules: " + words.substr(0, words.find('\n')));
}

}  // namespace croft::netns
