// The texts of --help, made from the table.
#pragma once

#include <string>
#include <vector>

#include "ctl/cli/command.h"

namespace croft::ctl {

// `croft --help`: the commands of every day with what they do, and the names of the others, in one screen of
// 24 x 80.
std::string overview(const std::vector<Command>& table);
// `croft help all`: every command with what it does.
std::string full_overview(const std::vector<Command>& table);
// `croft template --help`: the commands of one group.
std::string group_help(const std::vector<Command>& table, std::string_view group);
std::string command_help(const Command& command);

// "croft stop [OPTION...] CONTAINER..."
std::string usage_line(const Command& command);
// "-T, --timeout TIME"
std::string option_text(const Option& option);

}  // namespace croft::ctl
