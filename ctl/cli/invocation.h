// One call of one command: its row, what was typed, where it reads and writes, and how it reaches the daemon.
// All that a command touches comes from here, so that tests run every command in their own process.
#pragma once

#include <iosfwd>
#include <map>
#include <string>

#include "ctl/cli/arguments.h"
#include "ctl/cli/command.h"
#include "ctl/client/client.h"

namespace croft::ctl {

struct Screen {
  std::ostream& out;
  std::ostream& err;
  bool out_terminal = false;
  bool err_terminal = false;
  bool colour = false;  // only when `out` is a terminal and NO_COLOR is not set
  std::size_t width = 80;
};

// The descriptors that exec, run, enter, console and import hand on or pump.
struct Stdio {
  int in = 0;
  int out = 1;
  int err = 2;
};

using Environment = std::map<std::string, std::string>;

struct Invocation {
  const Command& command;
  Arguments arguments;
  Screen& screen;
  Stdio stdio;
  Environment environment;

  [[nodiscard]] std::string socket_path() const;
  [[nodiscard]] Client client() const { return Client(socket_path()); }
  [[nodiscard]] std::string tenant() const;  // -t, CROFT_TENANT or "default"

  [[nodiscard]] bool json() const { return arguments.has("json"); }
  [[nodiscard]] bool quiet() const { return arguments.has("quiet"); }
  [[nodiscard]] bool dry_run() const { return arguments.has("dry-run"); }
  [[nodiscard]] const std::string& operand(std::size_t index) const { return arguments.operands.at(index); }
};

// One JSON value and a newline: indented on a terminal, one line otherwise.
void print_json(Screen& screen, const Json& value);

// The terminal that `fd` is: false for a pipe, a file, a socket.
bool is_terminal(int fd);
// Columns of the terminal on `fd`, 80 when it is none or says nothing.
std::size_t terminal_width(int fd);

}  // namespace croft::ctl
