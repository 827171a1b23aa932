// One cycle of another container tool, as its operator would do it: an overlay root over the same id-mapped
// template (container engines mount it for an OCI runtime, so it belongs to their cycle), a configuration
// file, then the tool's own commands one after another, then the root's removal.
//
// usage: peer --data DIR --root TEMPLATE --config FILE --config-name NAME [--hide PATH]... -- COMMAND... [;
// COMMAND...]
// Words after a lone `!` are commands that run when a cycle failed, whatever becomes of them.
// `@ID@`, `@DIR@` and `@N@` in the configuration and in the commands stand for the cycle's name, directory
// and number. The command `@reap@ FILE` waits for the process whose id is in FILE. Input and output:
// tests/bench/contender.h.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "tests/bench/contender.h"
#include "tests/bench/floor/idmap.h"
#include "tests/bench/floor/marks.h"
#include "tests/bench/floor/overlay.h"

namespace croft::bench {
namespace {

using Command = std::vector<std::string>;
constexpr std::uint32_t kBase =
    0x6ffd0000;  // one range for all cycles: these tools leave ranges to their caller

struct Peer {
  std::string data;
  std::string root;
  std::string config;  // content, with placeholders
  std::string config_name;
  std::vector<std::string>
      hidden;  // what the tool is not to see: directories get empty, files become /dev/null
  std::vector<Command> commands;
  std::vector<Command> undo;
  std::string name = "croft-test-bench-peer";
  Fd users;  // a user namespace that maps 0..65535 to kBase..
  std::uint32_t number = 0;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string filled(const Peer& peer, const std::string& id, const std::string& text) {
  return replaced(replaced(replaced(text, "@ID@", id), "@DIR@", peer.data + "/" + id), "@N@",
                  std::to_string(peer.number % 250 + 1));
}

// Tools give their container's root what it reads and writes: of the null device that would be the machine's
// own.
int nothing() {
  static const int file = memfd_create("nothing", MFD_CLOEXEC);
  return file;
}

// Standard output is ours, so the tool's goes to standard error.
pid_t spawn(const Command& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, nothing(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t pid = -1;
  errno = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (errno != 0) fail("run " + words.front());
  return pid;
}

int wait_status(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) fail("waitpid");
  return status;
}

void run_command(const Command& words) {
  const int status = wait_status(spawn(words));
  if (status == 0) return;
  std::string line;
  for (const std::string& word : words) line += word + " ";
  errno = ECHILD;
  fail(line + "ended with wait status " + std::to_string(status));
}

// The container's init became our child when the command that made it ended.
void reap(const std::string& pid_file) {
  pid_t pid = 0;
  std::ifstream(pid_file) >> pid;
  errno = ESRCH;
  if (pid <= 0) fail("no process id in " + pid_file);
  wait_status(pid);
}

// The files, after the time was taken; and what a failed cycle leaves.
struct Sweep {
  const Peer& peer;
  const std::string& id;
  ~Sweep() {
    umount2((peer.data + "/" + id + "/rootfs").c_str(), MNT_DETACH);
    remove_upper(peer.data, id);
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
};

Command filled_command(const Peer& peer, const std::string& id, const Command& command) {
  Command words;
  for (const std::string& word : command) words.push_back(filled(peer, id, word));
  return words;
}

void undo(const Peer& peer, const std::string& id) {
  for (const Command& command : peer.undo) wait_status(spawn(filled_command(peer, id, command)));
}

void run_commands(const Peer& peer, const std::string& id) {
  for (const Command& command : peer.commands) {
    const Command words = filled_command(peer, id, command);
    if (words.front() == "@reap@")
      reap(words.at(1));
    else if (words.front() == "@unmount@")
      check(umount2((peer.data + "/" + id + "/rootfs").c_str(), MNT_DETACH), "unmount the root");
    else
      run_command(words);
  }
}

void run_cycle(const Peer& peer, const std::string& id) {
  mount_at_rootfs(peer.data, id, peer.root, peer.users, kBase);
  std::ofstream(peer.data + "/" + id + "/" + peer.config_name) << filled(peer, id, peer.config);
  try {
    run_commands(peer, id);
  } catch (...) {
    undo(peer, id);
    throw;
  }
  umount2((peer.data + "/" + id + "/rootfs").c_str(), MNT_DETACH);  // where no command of the peer's did it
  set_upper_aside(peer.data, id);
}

std::string cycle(Peer& peer) {
  const std::string id = peer.name + "-" + std::to_string(getpid()) + "-" + std::to_string(++peer.number);
  const Sweep sweep{peer, id};
  const std::uint64_t begun = now_ns();
  run_cycle(peer, id);
  const std::uint64_t ended = now_ns();
  std::ostringstream out;
  out << R"({"cycle_us":)" << static_cast<double>(ended - begun) / 1e3 << "}";
  return out.str();
}

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

Peer parse(int argc, char** argv) {
  Peer peer;
  int i = 1;
  for (; i + 1 < argc && std::string(argv[i]) != "--"; i += 2) {
    const std::string key = argv[i];
    const std::string value = argv[i + 1];
    if (key == "--data") peer.data = value;
    if (key == "--root") peer.root = value;
    if (key == "--name") peer.name = value;
    if (key == "--hide") peer.hidden.push_back(value);
    if (key == "--config") peer.config = content_of(value);
    if (key == "--config-name") peer.config_name = value;
  }
  peer.commands.emplace_back();
  std::vector<Command>* list = &peer.commands;
  for (++i; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "!") list = &peer.undo;
    if (word == "!" || word == ";")
      list->emplace_back();
    else
      list->back().push_back(word);
  }
  errno = EINVAL;
  if (peer.data.empty() || peer.root.empty() || peer.commands.back().empty())
    fail("usage: see the head of peer.cc");
  return peer;
}

void hide(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return;
  const bool directory = S_ISDIR(status.st_mode);
  check(directory ? mount("hidden", path.c_str(), "tmpfs", 0, nullptr)
                  : mount("/dev/null", path.c_str(), nullptr, MS_BIND, nullptr),
        "hide " + path);
}

// Own mount tree and network; the tools' orphans become our children; their chatter goes to standard error.
void isolate(const Peer& peer) {
  check(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "become a subreaper");
  check(unshare(CLONE_NEWNS | CLONE_NEWNET), "unshare");
  check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make mounts private");
  for (const std::string& path : peer.hidden) hide(path);
  const std::string staging = peer.data + "/staging";
  if (mkdir(staging.c_str(), 0755) != 0 && errno != EEXIST) fail("mkdir " + staging);
}

int run(int argc, char** argv) {
  Peer peer = parse(argc, argv);
  isolate(peer);
  peer.users = make_user_namespace(kBase);
  const int status = serve([&] { return cycle(peer); });
  rmdir((peer.data + "/staging").c_str());
  return status;
}

}  // namespace
}  // namespace croft::bench

int main(int argc, char** argv) {
  try {
    return croft::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "peer: " << error.what() << '\n';
    return 1;
  }
}
