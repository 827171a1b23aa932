#include "ctl/cli/terminal.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

bool is_ignored(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

RawTerminal::RawTerminal(int fd) : fd_(fd) {
  active_ = tcgetattr(fd, &before_) == 0;
  enter();
}

RawTerminal::~RawTerminal() {
  leave();
}

void RawTerminal::enter() const noexcept {
  if (!active_) return;
  termios raw = before_;
  cfmakeraw(&raw);
  // TCSADRAIN keeps what was typed ahead.
  while (tcsetattr(fd_, TCSADRAIN, &raw) != 0 && errno == EINTR) continue;
}

void RawTerminal::leave() const noexcept {
  if (!active_) return;
  while (tcsetattr(fd_, TCSADRAIN, &before_) != 0 && errno == EINTR) continue;
}

void RawTerminal::suspend() const noexcept {
  leave();
  kill(getpid(), SIGSTOP);
  enter();
}

HiddenInput::HiddenInput(int fd) : fd_(fd) {
  if (tcgetattr(fd_, &before_) != 0) return;
  termios hidden = before_;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  active_ = tcsetattr(fd_, TCSAFLUSH, &hidden) == 0;
}

HiddenInput::~HiddenInput() {
  if (active_) tcsetattr(fd_, TCSAFLUSH, &before_);
}

AlternateScreen::AlternateScreen(int fd) : fd_(fd), active_(isatty(fd) == 1) {
  enter();
}

AlternateScreen::~AlternateScreen() {
  leave();
}

// xterm's control sequences (DECSET 1049, 25, 7), which every terminal emulator of today knows.
void AlternateScreen::enter() const noexcept {
  if (active_) write_all(fd_, "\x1b[?1049h\x1b[?25l\x1b[?7l");
}

void AlternateScreen::leave() const noexcept {
  if (active_) write_all(fd_, "\x1b[?7h\x1b[?25h\x1b[?1049l");
}

bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

winsize terminal_size(std::initializer_list<int> fds) {
  winsize size{};
  for (int fd : fds)
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) return size;
  size = {};
  size.ws_row = 24;
  size.ws_col = 80;
  return size;
}

void set_terminal_size(int master, const winsize& size) noexcept {
  ioctl(master, TIOCSWINSZ, &size);
}

SignalWatch::SignalWatch(std::initializer_list<int> signals) {
  sigset_t watched;
  sigemptyset(&watched);
  for (int signal : signals)
    if (!is_ignored(signal)) sigaddset(&watched, signal);
  fd_.reset(signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) runtime::fail_errno("cannot watch signals");
  pthread_sigmask(SIG_BLOCK, &watched, &before_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before_);
}

SignalWatch::~SignalWatch() {
  while (!take().empty()) continue;
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::vector<int> SignalWatch::take() {
  std::vector<int> signals;
  signalfd_siginfo info{};
  while (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    signals.push_back(static_cast<int>(info.ssi_signo));
  return signals;
}

}  // namespace croft::ctl
