// What was typed after a command's name, taken apart by the command's own row of the table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ctl/cli/command.h"

namespace croft::ctl {

struct Arguments {
  std::map<std::string, std::vector<std::string>> options;  // by long name, without the dashes
  std::vector<std::string> operands;
  std::vector<std::string> command;  // of rows with takes_command

  [[nodiscard]] bool has(const std::string& option) const { return options.contains(option); }
  // The last value given, or the fallback.
  [[nodiscard]] std::string value(const std::string& option, const std::string& fallback = "") const;
  [[nodiscard]] std::vector<std::string> values(const std::string& option) const;
};

// "timeout" of "-T,--timeout".
std::string long_name(const Option& option);

// Whether containers are chosen by what they are, so that none need be named.
bool is_choosing(const Command& command, const Arguments& given);

// Throws runtime::Error kInvalid with the cure.
Arguments parse_arguments(const Command& command, std::vector<std::string> words);

}  // namespace croft::ctl
