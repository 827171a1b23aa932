#include "ctl/cli/top_session.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/flow.h"
#include "ctl/cli/terminal.h"
#include "ctl/cli/text.h"
#include "ctl/cli/top_feed.h"
#include "ctl/cli/top_keys.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

class TopScreen {
 public:
  TopScreen(const Stdio& stdio, const TopOptions& options, const std::function<TopSample()>& ask,
            const TopSample& first)
      : stdio_(stdio),
        options_(options),
        view_(options.view),
        figures_(options.with_tenants),
        feed_(ask, options.interval),
        raw_(stdio.in),
        screen_(stdio.out),
        typing_(isatty(stdio.in) == 1) {
    take(first);
  }

  int run() {
    fit();
    while (!status_) {
      paint();
      if (!status_) wait();
    }
    return *status_;
  }

 private:
  void wait() {
    std::vector<pollfd> list{{signals_.fd(), POLLIN, 0}, {feed_.fd(), POLLIN, 0}};
    if (typing_) list.push_back({stdio_.in, POLLIN, 0});
    wait_ready(list, -1);
    if (ready(list, signals_.fd(), POLLIN) != 0) take_signals();
    if (ready(list, stdio_.in, POLLIN) != 0) take_typed();
    if (ready(list, feed_.fd(), POLLIN) != 0) take_news();
  }

  void take(const TopSample& sample) {
    frame_ = figures_.frame(sample, time_of_day());
    ++frames_;
  }

  void take_news() {
    const std::optional<TopFeed::News> news = feed_.take();
    if (!news) return;
    try {
      if (news->trouble) std::rethrow_exception(news->trouble);
      take(*news->sample);
    } catch (const Error& error) {
      frame_.trouble = away_text(error);
    }
  }

  void take_typed() {
    std::array<char, 256> buffer{};
    const ssize_t count = read(stdio_.in, buffer.data(), buffer.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      lose_terminal();
      return;
    }
    typed_.append(buffer.data(), static_cast<std::size_t>(count));
    for (TopKey key : take_keys(typed_)) obey(key);
  }

  void obey(TopKey key) {
    if (key == TopKey::kQuit) {
      status_ = kExitOk;
    } else if (key == TopKey::kSuspend) {
      suspend();
    } else if (key == TopKey::kRepaint) {
      forget_shown();
    } else {
      apply_key(view_, key, frame_.rows.size());
    }
  }

  void take_signals() {
    for (int signal : signals_.take()) {
      if (signal == SIGTSTP) {
        suspend();
      } else if (signal == SIGCONT) {
        raw_.enter();
        screen_.enter();
        fit();
      } else if (signal == SIGWINCH) {
        fit();
      } else {
        status_ = kExitSignalled + signal;
      }
    }
  }

  void suspend() {
    screen_.leave();
    raw_.suspend();
    screen_.enter();
    fit();
  }

  void fit() {
    const winsize size = terminal_size({stdio_.out, stdio_.in});
    view_.lines = size.ws_row;
    view_.columns = size.ws_col;
    forget_shown();
  }

  void forget_shown() {
    shown_.clear();
    cleared_ = false;
  }

  void paint() {
    std::vector<std::string> lines = compose(frame_, view_, row_order(view_.sort, view_.reversed));
    const std::string text = (cleared_ ? "" : std::string(kClearScreen)) + repaint(shown_, lines);
    shown_ = std::move(lines);
    cleared_ = true;
    if (!write_all(stdio_.out, text)) lose_terminal();
    if (!status_ && options_.frames && frames_ >= *options_.frames) status_ = kExitOk;
  }

  void lose_terminal() { status_ = kExitSignalled + SIGHUP; }

  // In this order: the feed's thread is born with the signals blocked, and the terminal is given back before
  // an answer that is under way is waited for.
  Stdio stdio_;
  TopOptions options_;
  TopView view_;
  TopFigures figures_;
  SignalWatch signals_{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
  TopFeed feed_;
  RawTerminal raw_;
  AlternateScreen screen_;
  bool typing_;
  TopFrame frame_;
  std::uint64_t frames_ = 0;
  std::vector<std::string> shown_;
  bool cleared_ = false;
  std::string typed_;
  std::optional<int> status_;
};

}  // namespace

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  std::array<char, 16> buffer{};
  if (localtime_r(&now, &parts) == nullptr) return "";
  return {buffer.data(), strftime(buffer.data(), buffer.size(), "%H:%M:%S", &parts)};
}

std::string away_text(const Error& error) {
  if (error.kind() != ErrorKind::kUnavailable && error.kind() != ErrorKind::kTimeout) throw error;
  return visible("the daemon is away: " + std::string(error.what()));
}

int run_top_screen(const Stdio& stdio, const TopOptions& options, const std::function<TopSample()>& ask) {
  const TopSample first = ask();
  return TopScreen(stdio, options, ask, first).run();
}

}  // namespace croft::ctl
