// Questions to whoever sits at the terminal.
#pragma once

#include <string>

#include "ctl/cli/invocation.h"

namespace croft::ctl {

// Whether somebody can be asked: both standard input and standard error are a terminal.
bool can_ask(const Invocation& call);
// Prints "QUESTION [y/N] " and reads a line; anything but "y" and "yes" is a no.
bool ask(const Invocation& call, const std::string& question);
// As ask, but where nobody can be asked it throws Error kRefused: "`what`; say so with --yes". True at once
// with
// --yes.
bool agreed(const Invocation& call, const std::string& what);

}  // namespace croft::ctl
