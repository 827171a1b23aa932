// The table of all commands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/cli/command.h"

namespace croft::ctl {

// In the order of the overview. Rows whose names begin with `__` are for scripts and stay out of every list.
std::vector<Command> all_commands();

// The first word of a name, those behind it, and whether the name has several.
std::string_view group_of(const Command& command);
std::string_view verb_of(const Command& command);
std::vector<std::string_view> words_of(const Command& command);
bool is_grouped(const Command& command);

// One line about a group of commands ("template"), empty when there is no such group.
std::string_view group_summary(std::string_view group);

// What the words at the beginning of a command line mean.
struct Found {
  const Command* command = nullptr;  // null when `group` or `wrong` says why
  std::string_view group;            // a group was named without a command of it
  std::string wrong;                 // "unknown command `strat`; did you mean `start`?"
  std::size_t words = 0;             // how many words the name took
};
Found find_command(const std::vector<Command>& table, const std::vector<std::string>& words);

}  // namespace croft::ctl
