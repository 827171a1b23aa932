#include "ctl/webhook/sender.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::Fd;
using Clock = std::chrono::steady_clock;

Sent failed(std::string why) {
  Sent sent;
  sent.said = std::move(why);
  return sent;
}

// What it said to its standard error.
std::string last_words(const runtime::Program& program) {
  std::array<char, kMaxExcerpt> text{};
  const ssize_t got = read(program.errors().get(), text.data(), text.size());
  return got <= 0 ? "" : ": " + std::string(text.data(), static_cast<std::size_t>(got));
}

enum class Heard { kAnswer, kStop, kNothing };

Heard listen(const Fd& socket, const Fd& stop) {
  const Clock::time_point end = Clock::now() + kSenderTime;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return Heard::kNothing;
    std::array<pollfd, 2> ready{pollfd{socket.get(), POLLIN, 0}, pollfd{stop.get(), POLLIN, 0}};
    const int count = poll(ready.data(), ready.size(), static_cast<int>(left));
    if (count < 0 && errno != EINTR) runtime::fail_errno("cannot wait for croft-webhook");
    if (count <= 0) continue;
    if (ready[1].revents != 0) return Heard::kStop;
    return Heard::kAnswer;
  }
}

}  // namespace

void Sender::start() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    runtime::fail_errno("cannot make a socket");
  socket_ = Fd(ends[0]);
  program_.emplace(std::vector<std::string>{path_}, std::vector<std::string>{"PATH=/usr/bin:/bin"},
                   runtime::VolatileMount{}, Fd(ends[1]));
}

void Sender::rest() {
  socket_.reset();
  program_.reset();
}

Sent Sender::exchange(const PostRequest& request) {
  if (!program_) start();
  const Fd file = runtime::sealed_memory("webhook", to_wire(request));
  runtime::send_with_fds(socket_.get(), "p", {file.get()});
  switch (listen(socket_, stop_)) {
    case Heard::kStop: {
      Sent sent;
      sent.cut_off = true;
      return sent;
    }
    case Heard::kNothing:
      return failed("croft-webhook was killed: it took longer than " + std::to_string(kSenderTime.count()) +
                    " s");
    case Heard::kAnswer:
      break;
  }
  const std::string answer = runtime::receive_with_fds(socket_.get(), kMaxPostAnswer, nullptr);
  if (answer.empty()) return failed("croft-webhook ended before it had an answer" + last_words(*program_));
  return read_sent(answer);
}

Sent Sender::send(const PostRequest& request) {
  const Clock::time_point begun = Clock::now();
  Sent sent;
  try {
    sent = exchange(request);
  } catch (const Error& error) {
    sent = failed(error.what());
  }
  sent.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  // Whatever it was in the midst of: the next one begins afresh.
  if (sent.status == 0) rest();
  return sent;
}

}  // namespace croft::ctl
