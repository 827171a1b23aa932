#include "ctl/cli/exit_status.h"

namespace croft::ctl {

int exit_status_of(runtime::ErrorKind kind) {
  using runtime::ErrorKind;
  switch (kind) {
    case ErrorKind::kSystem:
      return 1;
    case ErrorKind::kInvalid:
      return kExitUsage;
    case ErrorKind::kNotFound:
      return 3;
    case ErrorKind::kExists:
      return 4;
    case ErrorKind::kConflict:
      return 5;
    case ErrorKind::kRefused:
      return 6;
    case ErrorKind::kBusy:
      return 7;
    case ErrorKind::kUnsupported:
      return 8;
    case ErrorKind::kExhausted:
      return 9;
    case ErrorKind::kTimeout:
      return 10;
    case ErrorKind::kUnavailable:
      return 11;
  }
  return 1;
}

std::vector<ExitMeaning> exit_meanings() {
  return {
      {0, "Success"},
      {1, "The kernel or a library failed in a way that has no number of its own"},
      {2, "Wrong usage: an unknown command or option, a wrong name, key or value"},
      {3, "What was named does not exist"},
      {4, "There is something of that name already"},
      {5, "The state of the object does not allow it"},
      {6, "Permission was refused"},
      {7, "Somebody else holds the object; try again"},
      {8, "The kernel or the host lacks what is needed"},
      {9, "A disk, a range, a pool or a limit is full"},
      {10, "It was not done in the time given"},
      {11, "The daemon does not answer"},
  };
}

}  // namespace croft::ctl
