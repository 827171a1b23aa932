// Commands whose work a daemon does on descriptors of theirs: import, backup, restore.
#pragma once

#include <string>

#include "ctl/cli/invocation.h"
#include "ctl/cli/line_channel.h"
#include "ctl/cli/reporter.h"

namespace croft::ctl {

// What the daemon answers in the end; until then its progress is shown as that of `name`. Throws Error, also
// when the daemon goes away before `what` ("the template") is complete.
Json follow_work(LineChannel& channel, Reporter& reporter, const std::string& name, const std::string& what);

// Standard input for "-", which must be no terminal, else the file or directory. `what` is read ("an
// archive").
struct Input {
  runtime::Fd opened;
  int fd = -1;
};
Input open_input(const Invocation& call, const std::string& path, const std::string& what);

}  // namespace croft::ctl
