// The client's half of exec, enter and run: streams or a pty to a command inside a container, signals to it,
// and its exit status, also across a restart of the daemon.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "ctl/cli/invocation.h"
#include "ctl/cli/streams.h"

namespace croft::ctl {

struct ExecRequest {
  std::string target;  // route with query
  Json body;           // command, env, workdir, user; tty, rows and columns are added
  bool tty = false;
  Input input = Input::kAuto;
  std::string attempt;  // "cannot execute `id` in `web1`", for errors
};

// How a command inside ended, from a line of the stream or from GET /v1/execs/{id}; nothing while it runs.
struct ExecEnd {
  int status = 0;                       // its own, 128 + signal, or 125, 126, 127
  std::optional<runtime::Error> error;  // why there is no status of its own
};
std::optional<ExecEnd> end_of_exec(const Json& line);

// How long a daemon that is being restarted may be away before an exit status is given up.
inline constexpr std::chrono::seconds kExecPatience{15};

// The exit status to leave with: the command's own, 128 + signal, or 125, 126, 127, said on standard error.
// Throws Error, with the attempt in front, for what fails before the connection is switched over (no such
// container, not running).
int run_exec(const Invocation& call, const ExecRequest& request);

}  // namespace croft::ctl
