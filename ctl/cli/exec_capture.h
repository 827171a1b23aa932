// A command inside a container whose output croft itself reads.
#pragma once

#include <string>
#include <vector>

#include "ctl/cli/invocation.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {

struct Captured {
  int status = 0;  // as of exec
  std::string out;
  std::string err;
};

inline constexpr std::size_t kMaxCaptured = std::size_t{1} << 20;  // bytes of each output; more is an error

// Runs `command` as `user` with `input` on its standard input. Throws Error when it cannot be run at all.
Captured exec_captured(const Invocation& call, const Target& target, const std::vector<std::string>& command,
                       const std::string& user, const std::string& input);

}  // namespace croft::ctl
