// One command in several containers at a time: each line of output behind the name of its container, and in
// the end how they ended.
#pragma once

#include "ctl/cli/exec_session.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {

// `body` as ExecRequest has it. Standard input is empty, there are no terminals. Signals go to the commands
// that run, and nothing further is begun after one. Prints "web1: LINE" (-j: {"object","stream","line"} and
// {"object","result"} or {"object","error"}, a line each), then on standard error what exited with what.
// Returns 0, or the status of the first, in the order of `targets`, that did not exit with 0.
int exec_in_many(const Invocation& call, const std::vector<Target>& targets, const Json& body);

}  // namespace croft::ctl
