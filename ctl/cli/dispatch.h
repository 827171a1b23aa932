// From a command line to an exit status: finds the row, parses, runs, and ends every error's journey.
#pragma once

#include <string>
#include <vector>

#include "ctl/cli/invocation.h"

namespace croft::ctl {

// `words` without the program's own name.
int run_croft(const std::vector<std::string>& words, Screen& screen, const Stdio& stdio,
              const Environment& environment);

}  // namespace croft::ctl
