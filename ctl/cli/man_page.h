// The command part of croft(1) as mdoc(7) source, made from the table, so that no option lacks its line
// there.
#pragma once

#include <string>
#include <vector>

#include "ctl/cli/command.h"

namespace croft::ctl {

// One subsection a command.
std::string mdoc_commands(const std::vector<Command>& table);
// The list of what the exit status means.
std::string mdoc_exit_status();
// The rows of croft-spec(5): every key with type, default and when a change takes effect.
std::string mdoc_settings();
// The system calls that a container is refused, each with its reason, for croft-spec(5).
std::string mdoc_system_calls();

// Text as one mdoc word or sentence: backslashes, leading dots and quotes escaped.
std::string mdoc_escaped(std::string_view text);

}  // namespace croft::ctl
