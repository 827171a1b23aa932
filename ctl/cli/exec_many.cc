#include "ctl/cli/exec_many.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <list>
#include <ostream>

#include "ctl/cli/each.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/line_channel.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/terminal.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Fd;
using Clock = std::chrono::steady_clock;

// A longer line is printed in pieces, so that no container can have croft keep more than this.
constexpr std::size_t kLongestLine = std::size_t{1} << 16;
constexpr int kRetryMs = 250;
constexpr int kAnswerWithinS = 5;

// One of a command's two outputs, line by line.
class Output {
 public:
  Output(Fd from, std::string_view name) : from_(std::move(from)), name_(name) {}

  [[nodiscard]] int fd() const { return from_.get(); }
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] bool is_open() const { return static_cast<bool>(from_); }
  // Reads what there is; whether anything came. `take` gets whole lines without their end.
  template <class Take>
  bool read_lines(const Take& take) {
    std::array<char, 65536> buffer{};
    const ssize_t got = read(from_.get(), buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (got > 0) pending_.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1)
      take(pending_.substr(begin, end - begin));
    pending_.erase(0, begin);
    if (pending_.size() > kLongestLine || (got <= 0 && !pending_.empty())) take(std::exchange(pending_, {}));
    if (got <= 0) from_.reset();
    return got > 0;
  }
  // The last line, which has no end; what left processes behind may keep the output open for ever.
  template <class Take>
  void finish(const Take& take) {
    if (!pending_.empty()) take(std::exchange(pending_, {}));
    from_.reset();
  }

 private:
  Fd from_;
  std::string_view name_;
  std::string pending_;
};

struct Running {
  std::size_t index;
  LineChannel channel;
  std::array<Output, 2> outputs;
  std::string exec_id{};
  bool lost = false;  // the stream broke: the daemon is being restarted
  Clock::time_point heard{};
  std::optional<ExecEnd> end{};
};

class Many {
 public:
  Many(const Invocation& call, const std::vector<Target>& targets, const Json& body)
      : call_(call), targets_(targets), body_(body), ends_(targets.size()) {}

  int run();

 private:
  void begin_more();
  void begin(std::size_t index);
  void pump();
  void take_lines(Running& one);
  void ask_daemon(Running& one);
  void read_output(Running& one, Output& output);
  void take_signals();
  void finish_ended();
  void print_line(const Running& one, std::string_view stream, const std::string& line);
  void report(std::size_t index);
  void summarize();
  [[nodiscard]] std::string counts() const;

  const Invocation& call_;
  const std::vector<Target>& targets_;
  const Json& body_;
  const std::size_t at_once_ = at_once(call_);
  Reporter reporter_{call_.screen, call_.quiet()};
  SignalWatch signals_{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::list<Running> running_;
  std::vector<std::optional<ExecEnd>> ends_;  // empty: not begun, or not over
  std::size_t next_ = 0;
  bool stopping_ = false;
};

int Many::run() {
  for (begin_more(); !running_.empty(); begin_more()) {
    pump();
    finish_ended();
  }
  summarize();
  for (const std::optional<ExecEnd>& end : ends_)
    if (end && end->status != 0) return end->status;
  return stopping_ ? kExitSignalled + SIGINT : kExitOk;
}

void Many::begin_more() {
  while (!stopping_ && running_.size() < at_once_ && next_ < targets_.size()) begin(next_++);
}

void Many::begin(std::size_t index) {
  const Target& target = targets_[index];
  try {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (pipe2(out.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
    Fd out_from(out[0]);
    const Fd out_to(out[1]);
    if (pipe2(err.data(), O_CLOEXEC) != 0) runtime::fail_errno("cannot make a pipe");
    Fd err_from(err[0]);
    const Fd err_to(err[1]);
    set_nonblocking(out_from.get());
    set_nonblocking(err_from.get());
    const Fd empty = runtime::open_file("/dev/null", O_RDONLY);
    LineChannel channel(call_.client().upgrade(container_path(target, "exec"), body_));
    channel.send_descriptors({empty.get(), out_to.get(), err_to.get()});
    running_.push_back({index,
                        std::move(channel),
                        {Output(std::move(out_from), "out"), Output(std::move(err_from), "err")}});
  } catch (const Error& error) {
    ends_[index] = ExecEnd{kExitCroftFailed, error};
    report(index);
  }
}

void Many::pump() {
  std::vector<pollfd> list{{signals_.fd(), POLLIN, 0}};
  bool lost = false;
  for (const Running& one : running_) {
    if (!one.lost) list.push_back({one.channel.fd(), POLLIN, 0});
    for (const Output& output : one.outputs)
      if (output.is_open()) list.push_back({output.fd(), POLLIN, 0});
    lost = lost || one.lost;
  }
  wait_ready(list, lost ? kRetryMs : -1);
  if (ready(list, signals_.fd(), POLLIN) != 0) take_signals();
  for (Running& one : running_) {
    for (Output& output : one.outputs)
      if (output.is_open() && ready(list, output.fd(), POLLIN) != 0) read_output(one, output);
    if (one.lost) {
      ask_daemon(one);
    } else if (ready(list, one.channel.fd(), POLLIN) != 0) {
      take_lines(one);
    }
  }
}

void Many::take_lines(Running& one) {
  const bool more = one.channel.receive();
  for (std::optional<Json> line = one.channel.next(); line && !one.end; line = one.channel.next()) {
    if (line->contains("started")) one.exec_id = plain(at_path(*line, {"exec"}));
    one.end = end_of_exec(*line);
  }
  if (more || one.end) return;
  if (one.exec_id.empty()) {
    one.end = ExecEnd{kExitCroftFailed, Error(ErrorKind::kUnavailable,
                                              "the daemon went away before it had started the command")};
  }
  one.lost = true;
  one.heard = Clock::now();
}

// The command goes on under the keeper while the daemon is restarted.
void Many::ask_daemon(Running& one) {
  try {
    Client client(call_.socket_path(), kAnswerWithinS);
    one.end = end_of_exec(client.call("GET", "/v1/execs/" + percent_encoded(one.exec_id)));
    one.heard = Clock::now();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUnavailable && Clock::now() - one.heard < kExecPatience) return;
    one.end = ExecEnd{kExitCroftFailed, error};
  }
}

void Many::read_output(Running& one, Output& output) {
  output.read_lines([&](const std::string& line) { print_line(one, output.name(), line); });
}

void Many::print_line(const Running& one, std::string_view stream, const std::string& line) {
  const std::string& shown = targets_[one.index].shown;
  if (call_.json()) {
    call_.screen.out << Json{{"object", shown}, {"stream", stream}, {"line", line}}.dump(
                            -1, ' ', false, Json::error_handler_t::replace)
                     << '\n';
    return;
  }
  const bool out = stream == "out";
  // As from one container: only on a terminal must its bytes do nothing but be read.
  std::string kept;
  const bool terminal = out ? call_.screen.out_terminal : call_.screen.err_terminal;
  (out ? call_.screen.out : call_.screen.err)
      << visible(shown) << ": " << (terminal ? visible_stream(line, kept) + visible(kept) : line) << '\n';
}

// The first one ends what runs; nothing else is begun.
void Many::take_signals() {
  for (int signal : signals_.take()) {
    stopping_ = true;
    for (Running& one : running_) {
      if (one.lost) continue;
      try {
        one.channel.send({{"signal", signal}});
      } catch (const Error&) {
        // The stream is over; its end is seen by the next read.
      }
    }
  }
}

// What a command wrote before it ended lies in its pipes already.
void Many::finish_ended() {
  for (auto one = running_.begin(); one != running_.end();) {
    if (!one->end) {
      ++one;
      continue;
    }
    for (Output& output : one->outputs) {
      const auto print = [&](const std::string& line) { print_line(*one, output.name(), line); };
      while (output.is_open() && output.read_lines(print)) continue;
      output.finish(print);
    }
    ends_[one->index] = std::move(one->end);
    report(one->index);
    one = running_.erase(one);
  }
  call_.screen.out << std::flush;
  call_.screen.err << std::flush;
}

void Many::report(std::size_t index) {
  const std::string& shown = targets_[index].shown;
  const ExecEnd& end = *ends_[index];
  if (end.status != 0 && call_.arguments.has("fail-fast")) stopping_ = true;
  if (end.error) {
    const std::string attempt =
        "cannot execute `" + body_.at("command").front().get<std::string>() + "` in `" + shown + "`";
    const Error told = with_attempt(*end.error, attempt);
    if (call_.json()) reporter_.json({{"object", shown}, {"error", problem_of(told)}});
    reporter_.error(told);
  } else if (call_.json()) {
    reporter_.json({{"object", shown}, {"result", {{"status", end.status}}}});
  }
}

// "3 exited with 0; 1 with 2: web7; 1 not begun"
std::string Many::counts() const {
  std::map<int, std::vector<std::string>> by_status;
  std::size_t left = 0;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (ends_[i]) by_status[ends_[i]->status].push_back(targets_[i].shown);
    left += ends_[i] ? 0 : 1;
  }
  std::string text;
  for (const auto& [status, names] : by_status) {
    text += (text.empty() ? "" : "; ") + std::to_string(names.size()) + " with " + std::to_string(status);
    if (status == 0) continue;
    constexpr std::size_t kNamed = 8;
    for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i)
      text += (i == 0 ? ": " : ", ") + names[i];
    if (names.size() > kNamed) text += " and " + std::to_string(names.size() - kNamed) + " more";
  }
  if (left > 0) text += (text.empty() ? "" : "; ") + std::to_string(left) + " not begun";
  return text;
}

void Many::summarize() {
  call_.screen.out << std::flush;
  if (!call_.quiet() && !call_.json())
    call_.screen.err << "croft: exited: " << visible(counts()) << std::endl;
}

}  // namespace

int exec_in_many(const Invocation& call, const std::vector<Target>& targets, const Json& body) {
  return Many(call, targets, body).run();
}

}  // namespace croft::ctl
