#include "ctl/cli/console_session.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "ctl/cli/flow.h"
#include "ctl/cli/terminal.h"

namespace croft::ctl {
namespace {

using runtime::Fd;

// The keeper's packets are smaller; what would not fit is cut by the kernel.
constexpr std::size_t kPacket = 65536;
constexpr std::size_t kMaxTyped = 4096;

class Console {
 public:
  Console(Fd keeper, const Stdio& stdio) : keeper_(std::move(keeper)), stdio_(stdio), raw_(stdio.in) {}

  Left run() {
    send_size();
    while (!left_) round();
    return *left_;
  }

 private:
  void round() {
    std::vector<pollfd> list{{signals_.fd(), POLLIN, 0}, {keeper_.get(), POLLIN, 0}};
    if (!typed_.empty()) {
      list.push_back({keeper_.get(), POLLOUT, 0});
    } else if (!input_ended_) {
      list.push_back({stdio_.in, POLLIN, 0});
    }
    wait_ready(list, -1);
    if (ready(list, signals_.fd(), POLLIN) != 0) take_signals();
    if (!left_ && ready(list, keeper_.get(), POLLIN) != 0) show();
    if (!left_ && typed_.empty() && ready(list, stdio_.in, POLLIN) != 0) take_typed();
    if (!left_ && !typed_.empty()) pass_on();
  }

  void show() {
    std::array<char, kPacket> packet{};
    const ssize_t count = recv(keeper_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
    // A keeper that went without having read our last packet is a reset, told once, before what it had said.
    if (count < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET)) return;
    const bool shown =
        count > 0 &&
        (packet[0] != 'd' || write_all(stdio_.out, {packet.data() + 1, static_cast<std::size_t>(count) - 1}));
    if (!shown) left_ = Left::kByEnd;
  }

  void take_typed() {
    std::array<char, kMaxTyped> buffer{};
    const ssize_t count = read(stdio_.in, buffer.data(), buffer.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    // Without input it goes on showing what comes: `croft console web1 </dev/null` follows a console.
    if (count <= 0) {
      input_ended_ = true;
      return;
    }
    typed_.assign(buffer.data(), static_cast<std::size_t>(count));
    const std::size_t leave = typed_.find(kLeaveKey);
    if (leave == std::string::npos) return;
    typed_.resize(leave);
    if (!typed_.empty()) pass_on();
    left_ = Left::kByKey;
  }

  void pass_on() {
    const std::string packet = "d" + typed_;
    const ssize_t count = send(keeper_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) left_ = Left::kByEnd;
    typed_.clear();
  }

  void send_size() {
    const winsize size = terminal_size({stdio_.in, stdio_.out});
    const std::string packet = size_packet(size.ws_row, size.ws_col);
    // A size that does not get through is put right by the next one.
    static_cast<void>(send(keeper_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  }

  void take_signals() {
    for (int signal : signals_.take()) {
      if (signal == SIGTSTP) {
        raw_.suspend();
      } else if (signal == SIGWINCH || signal == SIGCONT) {
        raw_.enter();
        send_size();
      } else {
        left_ = Left::kBySignal;
      }
    }
  }

  Fd keeper_;
  Stdio stdio_;
  SignalWatch signals_{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
  RawTerminal raw_;
  std::string typed_;
  bool input_ended_ = false;
  std::optional<Left> left_;
};

}  // namespace

std::string size_packet(unsigned rows, unsigned columns) {
  const auto byte = [](unsigned value) { return static_cast<char>(value & 0xffU); };
  return {'w', byte(rows), byte(rows >> 8U), byte(columns), byte(columns >> 8U)};
}

Left run_console(Fd keeper, const Stdio& stdio, const std::function<void()>& joined) {
  Console console(std::move(keeper), stdio);
  joined();
  return console.run();
}

}  // namespace croft::ctl
