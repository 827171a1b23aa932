// What can stand next on a command line, made from the table; the shell scripts of `croft completion` only
// ask.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ctl/cli/command.h"

namespace croft::ctl {

// Names that the daemon knows now.
using FetchNames = std::function<std::vector<std::string>(Names)>;

// `words` are those after "croft", the last one unfinished and perhaps empty. Sorted, without repeats.
std::vector<std::string> complete(const std::vector<Command>& table, const std::vector<std::string>& words,
                                  const FetchNames& fetch);

}  // namespace croft::ctl
