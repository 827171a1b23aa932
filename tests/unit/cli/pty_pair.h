// A real pseudo-terminal: `slave` stands for the caller's terminal, `master` for the person before it.
#pragma once

#include <pty.h>
#include <termios.h>

#include <stdexcept>

#include "runtime/fd.h"

namespace croft::ctl {

struct PtyPair {
  PtyPair() {
    int master_fd = -1;
    int slave_fd = -1;
    winsize size{};
    size.ws_row = 30;
    size.ws_col = 100;
    if (openpty(&master_fd, &slave_fd, nullptr, nullptr, &size) != 0) throw std::runtime_error("no pty");
    master.reset(master_fd);
    slave.reset(slave_fd);
  }
  [[nodiscard]] bool is_raw() const {
    termios now{};
    return tcgetattr(slave.get(), &now) == 0 && (now.c_lflag & (ICANON | ECHO | ISIG)) == 0;
  }
  runtime::Fd master;
  runtime::Fd slave;
};

}  // namespace croft::ctl
