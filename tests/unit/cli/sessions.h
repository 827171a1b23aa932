// What the tests of exec, run, enter, console and import share: a daemon that starts real processes, and the
// ends that a test holds.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "tests/unit/cli/harness.h"
#include "tests/unit/cli/pty_pair.h"

namespace croft::ctl {

using fakes::FakeDaemon;
using fakes::problem;
using fakes::Reply;
using fakes::Request;
using runtime::Fd;
using testing::HasSubstr;

// --- the daemon's side

inline void send_line(int socket, const Json& line, const std::vector<int>& fds = {}) {
  runtime::send_with_fds(socket, line.dump() + "\n", fds);
}

inline std::vector<Fd> receive_streams(int socket) {
  std::vector<Fd> fds;
  EXPECT_EQ(runtime::receive_with_fds(socket, 1, &fds), "F");
  return fds;
}

inline std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  for (const std::string& word : words) result.push_back(const_cast<char*>(word.c_str()));
  result.push_back(nullptr);
  return result;
}

inline pid_t spawn(const Json& command, int in, int out, int err, bool session) {
  const std::vector<std::string> words = command;
  const std::vector<char*> argv = pointers(words);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  if (session) {
    setsid();
    ioctl(in, TIOCSCTTY, 0);
  }
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);  // whatever our own caller ignored
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  closefrom(3);
  execvp(argv[0], argv.data());
  _exit(127);
}

// Forwards signals until the process ends, then says how it did.
inline void serve_process(int socket, pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    pollfd wait{socket, POLLIN, 0};
    if (poll(&wait, 1, 5) <= 0) continue;
    std::array<char, 256> buffer{};
    const ssize_t got = recv(socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return;
    }
    const Json line = Json::parse(std::string(buffer.data(), static_cast<std::size_t>(got)), nullptr, false);
    if (line.is_object()) kill(pid, line.at("signal").get<int>());
  }
  send_line(socket,
            WIFEXITED(status) ? Json{{"exited", WEXITSTATUS(status)}} : Json{{"killed", WTERMSIG(status)}});
}

inline void serve_exec(const Request& request, int socket) {
  const std::vector<Fd> fds = receive_streams(socket);
  if (request.body.value("tty", false)) {
    PtyPair pty;
    const pid_t pid =
        spawn(request.body.at("command"), pty.slave.get(), pty.slave.get(), pty.slave.get(), true);
    pty.slave.reset();
    send_line(socket, {{"started", pid}, {"exec", "x1"}}, {pty.master.get()});
    pty.master.reset();
    serve_process(socket, pid);
    return;
  }
  ASSERT_EQ(fds.size(), 3U);
  const pid_t pid = spawn(request.body.at("command"), fds[0].get(), fds[1].get(), fds[2].get(), false);
  send_line(socket, {{"started", pid}, {"exec", "x1"}});
  serve_process(socket, pid);
}

inline Reply nothing(const Request&) {
  return {404, problem(404, "not-found", "there is no container `nowhere`")};
}

// --- the caller's side

struct Files {
  std::array<int, 2> out{};
  Files() { EXPECT_EQ(pipe2(out.data(), O_CLOEXEC), 0); }
  ~Files() {
    close(out[0]);
    if (out[1] >= 0) close(out[1]);
  }
  std::string take() {
    close(out[1]);
    out[1] = -1;
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = read(out[0], buffer.data(), buffer.size())) > 0;)
      text.append(buffer.data(), static_cast<std::size_t>(got));
    return text;
  }
};

inline Fd scratch_file(const std::string& content) {
  std::array<char, 32> name{"/tmp/croft-test-XXXXXX"};
  Fd file(mkostemp(name.data(), O_CLOEXEC));
  unlink(name.data());
  EXPECT_EQ(write(file.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

inline std::string content_of(const Fd& file) {
  lseek(file.get(), 0, SEEK_SET);
  std::string text(4096, '\0');
  const ssize_t got = read(file.get(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

// --- terminals

// Reads the person's end until `text` has come; what came.
inline std::string expect_on(const PtyPair& pty, const std::string& text) {
  std::string seen;
  for (int tries = 0; tries < 500 && seen.find(text) == std::string::npos; ++tries) {
    pollfd wait{pty.master.get(), POLLIN, 0};
    if (poll(&wait, 1, 10) <= 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t got = read(pty.master.get(), buffer.data(), buffer.size());
    if (got > 0) seen.append(buffer.data(), static_cast<std::size_t>(got));
  }
  EXPECT_THAT(seen, HasSubstr(text));
  return seen;
}

inline void type(const PtyPair& pty, const std::string& text) {
  EXPECT_EQ(write(pty.master.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

}  // namespace croft::ctl
