// croft-keeper(8): started once per host, by systemd or by croftd, and then left alone.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runtime/error.h"
#include "runtime/keeper.h"

namespace {

using croft::runtime::Error;
using croft::runtime::ErrorKind;
using croft::runtime::Fd;
using croft::runtime::Keeper;

constexpr const char* kUsage =
    "usage: croft-keeper [--run DIR] [--detach]\n"
    "\n"
    "Parent of every container: clones them, holds their consoles and remembers how they ended.\n"
    "Listens on DIR/keeper.sock for croftd, notes exits in DIR/exits. See croft-keeper(8).\n"
    "\n"
    "  --run DIR      directory of the sockets (default /run/croft)\n"
    "  --detach       go into the background once the socket listens\n"
    "  --help         this text\n"
    "  --version      print the version\n"
    "\n"
    "example: croft-keeper --run /run/croft\n";

constexpr int kLockAttempts = 50;
constexpr useconds_t kLockPause = 20'000;

Fd listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw Error(ErrorKind::kInvalid, "the path `" + path + "` is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) croft::runtime::fail_errno("cannot make a socket");
  unlink(path.c_str());
  umask(0177);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    croft::runtime::fail_errno("cannot bind `" + path + "`");
  umask(0077);
  if (listen(socket.get(), 8) != 0) croft::runtime::fail_errno("cannot listen on `" + path + "`");
  return socket;
}

// One keeper a run directory. The lock belongs to the open file: it outlives the fork of --detach and every
// upgrade. A child that a keeper was just making when it was killed holds the file too, for a moment.
void lock(const std::string& run) {
  const std::string path = run + "/keeper.lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);  // stays open, over execve too
  if (fd < 0) croft::runtime::fail_errno("cannot open `" + path + "`");
  for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; ++i) {
    if (i == kLockAttempts) throw Error(ErrorKind::kBusy, "another croft-keeper serves `" + run + "`");
    usleep(kLockPause);
  }
}

// Once the socket listens, the caller may go: it returns to whoever waits for it, the child serves.
void detach() {
  const pid_t child = fork();
  if (child < 0) croft::runtime::fail_errno("cannot detach");
  if (child > 0) _exit(0);
  setsid();
  if (chdir("/") != 0) croft::runtime::fail_errno("cannot go to /");
}

void prepare_process() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

int serve(const std::string& run, bool detached, int resume_from) {
  prepare_process();
  if (resume_from >= 0) {
    const Fd state(resume_from);
    Keeper keeper(Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)), "");
    keeper.resume(state);
    keeper.run();
    return 0;
  }
  lock(run);
  Fd listener = listen_at(run + "/keeper.sock");
  if (detached) detach();
  Keeper keeper(std::move(listener), run + "/exits");
  keeper.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string run = "/run/croft";
  int resume_from = -1;
  bool detached = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--run" && more) {
      run = argv[++i];
    } else if (word == "--resume" && more) {
      resume_from = atoi(argv[++i]);
    } else if (word == "--detach") {
      detached = true;
    } else if (word == "--help") {
      fputs(kUsage, stdout);
      return 0;
    } else if (word == "--version") {
      puts("croft-keeper " CROFT_VERSION);
      return 0;
    } else {
      fprintf(stderr, "croft-keeper: unknown argument `%s`\n%s", argv[i], kUsage);
      return 2;
    }
  }
  try {
    return serve(run, detached, resume_from);
  } catch (const std::exception& error) {
    fprintf(stderr, "croft-keeper: %s\n", error.what());
    return 1;
  }
}
