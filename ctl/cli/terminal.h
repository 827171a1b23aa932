// The caller's terminal: raw mode that is undone on every way out, its size, and signals as events.
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <csignal>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "runtime/fd.h"

namespace croft::ctl {

// Puts the terminal on `fd` into raw mode until it is destroyed; does nothing when `fd` is no terminal.
class RawTerminal {
 public:
  explicit RawTerminal(int fd);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  void enter() const noexcept;    // raw again, after leave()
  void leave() const noexcept;    // as it was before
  void suspend() const noexcept;  // leave, stop this process, enter when it goes on

 private:
  int fd_;
  bool active_ = false;
  termios before_{};
};

// While it lives what is typed at the terminal on `fd` is not shown. Does nothing when it is no terminal.
class HiddenInput {
 public:
  explicit HiddenInput(int fd);
  ~HiddenInput();
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;

 private:
  int fd_;
  bool active_ = false;
  termios before_{};
};

// The second screen that a terminal keeps for full-screen programs, without cursor and without wrapping; what
// was on the first comes back with leave(). Does nothing when `fd` is no terminal.
class AlternateScreen {
 public:
  explicit AlternateScreen(int fd);
  ~AlternateScreen();
  AlternateScreen(const AlternateScreen&) = delete;
  AlternateScreen& operator=(const AlternateScreen&) = delete;

  void enter() const noexcept;
  void leave() const noexcept;

 private:
  int fd_;
  bool active_;
};

// Writes all of it; false when that cannot be done any more.
bool write_all(int fd, std::string_view text) noexcept;

// Size of the terminal on the first of the descriptors that is one; 24 x 80 when none is.
winsize terminal_size(std::initializer_list<int> fds);
// Sets it on a pty master; an error means that the pty is gone, which the next read tells.
void set_terminal_size(int master, const winsize& size) noexcept;

// While it lives the signals do not interrupt but can be read, and SIGPIPE is ignored, so that a closed
// reader is an error of write(2). Signals that were ignored when croft was started (nohup, background jobs)
// stay so.
class SignalWatch {
 public:
  explicit SignalWatch(std::initializer_list<int> signals);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  // Those that came since the last call, in order of number.
  std::vector<int> take();

 private:
  runtime::Fd fd_;
  sigset_t before_{};
  struct sigaction pipe_before_ {};
};

}  // namespace croft::ctl
