// The command line of croftd. A small parser of its own: a dozen options, and CLI11 would cost more to
// compile than the rest of this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/lifecycle/engine.h"

namespace croft::ctl {

struct DaemonOptions {
  EngineOptions engine;
  std::string socket_group = "croft";
  bool help = false;
  bool version = false;
};

std::string_view daemon_usage();
// `arguments` without the program's name. `default_keeper` is where the keeper lies unless --keeper says
// otherwise. Throws Error kInvalid naming every option that is unknown, given twice, without a value or with
// a bad one.
DaemonOptions parse_daemon_options(const std::vector<std::string>& arguments,
                                   const std::string& default_keeper);

}  // namespace croft::ctl
