#include "ctl/cli/exec_session.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>

#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/line_channel.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/terminal.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;
using Clock = std::chrono::steady_clock;

constexpr int kRetryMs = 250;
constexpr int kAnswerWithinS = 5;
// The line discipline hands the last output of a pty to the master a moment after the slave's last write.
constexpr int kPtyDrainMs = 50;

class Session {
 public:
  Session(const Invocation& call, const ExecRequest& request, Fd socket)
      : call_(call), request_(request), channel_(std::move(socket)) {}

  int run();

 private:
  void send_streams();
  void pump_once(int timeout_ms);
  void take_lines();
  void take_line(const Json& line);
  void finish_with(const Json& line);
  void start_pty();
  void take_signals();
  void forward(int signal);
  void ask_daemon();
  void drain();
  void say(const Error& error) const;
  [[nodiscard]] bool pump(int timeout_ms);
  [[nodiscard]] int timeout() const { return lost_ ? kRetryMs : -1; }

  const Invocation& call_;
  const ExecRequest& request_;
  LineChannel channel_;
  SignalWatch signals_{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
  std::unique_ptr<RawTerminal> terminal_;
  Fd master_;
  std::vector<Flow> inward_;
  std::vector<Flow> outward_;
  std::string exec_id_;
  bool lost_ = false;
  Clock::time_point heard_;
  Clock::time_point next_ask_;
  std::optional<int> status_;
};

int Session::run() {
  send_streams();
  while (!status_) pump_once(timeout());
  drain();
  terminal_.reset();
  return *status_;
}

void Session::send_streams() {
  if (request_.tty) {
    channel_.send_descriptors({});
    return;
  }
  ChildStreams streams = make_streams(call_.stdio, request_.input);
  channel_.send_descriptors({streams.fds.begin(), streams.fds.end()});
  inward_ = std::move(streams.inward);
  outward_ = std::move(streams.outward);
}

// One round of the loop: wait for anything, then move bytes, read lines, take signals.
void Session::pump_once(int timeout_ms) {
  std::vector<pollfd> list;
  list.push_back({signals_.fd(), POLLIN, 0});
  if (!lost_) list.push_back({channel_.fd(), POLLIN, 0});
  for (const Flow& flow : inward_) flow.want(list);
  for (const Flow& flow : outward_) flow.want(list);
  wait_ready(list, timeout_ms);
  for (Flow& flow : inward_) flow.step(list);
  for (Flow& flow : outward_) flow.step(list);
  if (ready(list, signals_.fd(), POLLIN) != 0) take_signals();
  if (!status_ && !lost_ && ready(list, channel_.fd(), POLLIN) != 0) take_lines();
  if (!status_ && lost_) ask_daemon();
}

void Session::take_lines() {
  const bool more = channel_.receive();
  for (std::optional<Json> line = channel_.next(); line && !status_; line = channel_.next()) take_line(*line);
  if (more || status_) return;
  if (exec_id_.empty()) {
    say(Error(ErrorKind::kUnavailable, "the daemon went away before it had started the command"));
    status_ = kExitCroftFailed;
    return;
  }
  lost_ = true;
  heard_ = Clock::now();
}

void Session::take_line(const Json& line) {
  if (line.contains("started")) {
    exec_id_ = plain(at_path(line, {"exec"}));
    if (request_.tty) start_pty();
  } else {
    finish_with(line);
  }
}

void Session::finish_with(const Json& line) {
  const std::optional<ExecEnd> end = end_of_exec(line);
  if (!end) return;
  status_ = end->status;
  if (!end->error) return;
  terminal_.reset();
  say(*end->error);
}

void Session::start_pty() {
  master_ = channel_.take_descriptor();
  if (!master_) throw Error(ErrorKind::kSystem, "the daemon sent no terminal");
  // Nobody else uses this open file; without it a command that does not read could block its own output.
  set_nonblocking(master_.get());
  set_terminal_size(master_.get(), terminal_size({call_.stdio.in, call_.stdio.out}));
  terminal_ = std::make_unique<RawTerminal>(call_.stdio.in);
  inward_.emplace_back(call_.stdio.in, master_.get());
  inward_.back().at_end("\x04");
  outward_.emplace_back(master_.get(), call_.stdio.out);
}

void Session::take_signals() {
  for (int signal : signals_.take()) {
    if (signal == SIGWINCH || signal == SIGCONT) {
      if (signal == SIGCONT && terminal_) terminal_->enter();
      if (master_) set_terminal_size(master_.get(), terminal_size({call_.stdio.in, call_.stdio.out}));
    } else if (signal == SIGTSTP) {
      terminal_ ? terminal_->suspend() : static_cast<void>(kill(getpid(), SIGSTOP));
    } else if (request_.tty && (signal == SIGTERM || signal == SIGHUP)) {
      // Closing the master hangs the session up, as closing a terminal window does.
      status_ = kExitSignalled + signal;
    } else {
      forward(signal);
    }
  }
}

void Session::forward(int signal) {
  if (lost_) return;
  try {
    channel_.send({{"signal", signal}});
  } catch (const Error&) {
    // The stream is over; its end is seen by the next read.
  }
}

// After the stream broke: the daemon is being restarted and the command goes on under the keeper.
void Session::ask_daemon() {
  if (Clock::now() < next_ask_) return;
  next_ask_ = Clock::now() + std::chrono::milliseconds(kRetryMs);
  try {
    Client client(call_.socket_path(), kAnswerWithinS);
    const Json exec = client.call("GET", "/v1/execs/" + percent_encoded(exec_id_));
    heard_ = Clock::now();
    finish_with(exec);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUnavailable && Clock::now() - heard_ < kExecPatience) return;
    terminal_.reset();
    say(Error(error).wrap("the connection to the daemon was lost and the command's exit status with it"));
    status_ = kExitCroftFailed;
  }
}

bool Session::pump(int timeout_ms) {
  std::vector<pollfd> list;
  for (const Flow& flow : outward_) flow.want(list);
  if (list.empty()) return false;
  wait_ready(list, timeout_ms);
  bool moved = false;
  for (Flow& flow : outward_) moved = flow.step(list) || moved;
  return moved;
}

// What the command wrote before it ended lies in the pipes already. What processes that it left behind write
// later is not waited for.
void Session::drain() {
  inward_.clear();
  while (pump(request_.tty ? kPtyDrainMs : 0)) continue;
}

void Session::say(const Error& error) const {
  call_.screen.err << format_error(with_attempt(error, request_.attempt), call_.screen.colour) << std::flush;
}

}  // namespace

std::optional<ExecEnd> end_of_exec(const Json& line) {
  if (line.contains("exited")) return ExecEnd{line.at("exited").get<int>(), std::nullopt};
  if (line.contains("killed")) return ExecEnd{kExitSignalled + line.at("killed").get<int>(), std::nullopt};
  if (line.contains("unknown")) {
    return ExecEnd{
        kExitCroftFailed,
        Error(ErrorKind::kSystem, "the command has ended, its exit status was lost with the keeper")};
  }
  if (!line.contains("error")) return std::nullopt;
  const Error error = error_of_problem(line.at("error"));
  // The daemon says which of its errors are execve(2)'s own; without that the kind has to do.
  const int by_kind = error.kind() == ErrorKind::kNotFound  ? kExitCommandNotFound
                      : error.kind() == ErrorKind::kRefused ? kExitCannotExecute
                                                            : kExitCroftFailed;
  return ExecEnd{line.at("error").value("exit_status", by_kind), error};
}

int run_exec(const Invocation& call, const ExecRequest& request) {
  Json body = request.body;
  body["tty"] = request.tty;
  if (request.tty) {
    const winsize size = terminal_size({call.stdio.in, call.stdio.out});
    body["rows"] = size.ws_row;
    body["columns"] = size.ws_col;
  }
  try {
    return Session(call, request, call.client().upgrade(request.target, body)).run();
  } catch (const Error& error) {
    throw with_attempt(error, request.attempt);
  }
}

}  // namespace croft::ctl
