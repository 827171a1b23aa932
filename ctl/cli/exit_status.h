// The exit status of croft. 0 is success; every kind of failure has its own number.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/error.h"

namespace croft::ctl {

inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 2;
// Of exec, enter and run, whose status is otherwise that of the command inside.
inline constexpr int kExitCroftFailed = 125;
inline constexpr int kExitCannotExecute = 126;
inline constexpr int kExitCommandNotFound = 127;
inline constexpr int kExitSignalled = 128;  // plus the signal's number

int exit_status_of(runtime::ErrorKind kind);

struct ExitMeaning {
  int status;
  std::string_view says;
};
// For the man page and `croft help`.
std::vector<ExitMeaning> exit_meanings();

}  // namespace croft::ctl
