#include "runtime/program.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "runtime/error.h"

namespace croft::runtime {
namespace {

constexpr int kCannotStart = 125;

std::array<Fd, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail_errno("cannot make a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

// Between clone and exec of a process with several threads: system calls only.
[[noreturn]] void become(int input, int output, int errors, char* const* argv, char* const* environment,
                         const VolatileMount& scratch) {
  sigset_t none;
  sigemptyset(&none);
  // First what is not its own: a lock of the daemon would outlive a killed one for as long as mounting takes.
  const bool ready =
      prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && dup2(input, 0) == 0 && dup2(output, 1) == 1 &&
      dup2(errors, 2) == 2 && close_range(3, ~0U, 0) == 0 && sigprocmask(SIG_SETMASK, &none, nullptr) == 0 &&
      setsid() > 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
      mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0 && chdir("/") == 0;
  umask(022);
  if (ready && !scratch.target.empty())
    mount("overlay", scratch.target.c_str(), "overlay", 0, scratch.options.c_str());  // only to be faster
  if (ready) execve(argv[0], argv, environment);
  const char text[] = "E: cannot prepare or execute the program\n";
  [[maybe_unused]] const ssize_t put = write(2, text, sizeof text - 1);
  _exit(kCannotStart);
}

}  // namespace

std::string find_program(const std::string& name, const std::string& path) {
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    std::string candidate = path.substr(at, end - at) + "/" + name;
    struct stat info {};
    if (candidate.front() == '/' && stat(candidate.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
        access(candidate.c_str(), X_OK) == 0)
      return candidate;
    at = end + 1;
  }
  return {};
}

Program::Program(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                 const VolatileMount& scratch, Fd input) {
  auto [output, output_end] = make_pipe();
  auto [errors, errors_end] = make_pipe();
  if (!input) input = open_file("/dev/null", O_RDONLY);
  if (fcntl(errors.get(), F_SETFL, O_NONBLOCK) != 0) fail_errno("cannot set up a pipe");
  const std::vector<char*> arguments = pointers(argv);
  const std::vector<char*> variables = pointers(environment);
  int pidfd = -1;
  clone_args how{};
  how.flags = CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID | CLONE_CLEAR_SIGHAND;
  how.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  how.exit_signal = SIGCHLD;
  const long pid = syscall(SYS_clone3, &how, sizeof how);
  if (pid == 0)
    become(input.get(), output_end.get(), errors_end.get(), arguments.data(), variables.data(), scratch);
  if (pid < 0) fail_errno("cannot start `" + argv.at(0) + "`");
  pidfd_ = Fd(pidfd);
  output_ = std::move(output);
  errors_ = std::move(errors);
}

Program::~Program() {
  if (!pidfd_) return;
  syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0U);
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 && errno == EINTR) continue;
}

int Program::wait() {
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0)
    if (errno != EINTR) fail_errno("cannot wait for a program");
  pidfd_.reset();
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

namespace {

constexpr std::size_t kMostOutput = std::size_t{1} << 20;

std::string all_of(const Fd& pipe, const std::string& program) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = read(pipe.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kMostOutput)
      throw Error(ErrorKind::kSystem, "`" + program + "` says more than is believable");
  }
}

}  // namespace

Ran run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  Program program(argv, environment);
  Ran ran;
  ran.output = all_of(program.output(), argv.at(0));
  ran.status = program.wait();
  ran.complaint = all_of(program.errors(), argv.at(0));
  while (!ran.complaint.empty() && ran.complaint.back() == '\n') ran.complaint.pop_back();
  ran.complaint.erase(0, ran.complaint.rfind('\n') + 1);
  return ran;
}

std::string output_of(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  Ran ran = run_program(argv, environment);
  if (ran.status == 0) return std::move(ran.output);
  throw Error(ErrorKind::kSystem, "`" + argv.at(0) + "` failed with status " + std::to_string(ran.status) +
                                      (ran.complaint.empty() ? "" : ": " + ran.complaint));
}

}  // namespace croft::runtime
