// What the server tells its owner about failures. The server itself does not write anywhere.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace croft::ctl {

struct LogRecord {
  enum class Level { kError, kWarning, kInfo };
  Level level = Level::kError;
  std::string message;
  std::string verb;    // of the route, empty when there is none
  std::string object;  // what it was about
  std::string code;    // of the error
  uid_t uid = 0;       // who asked
};
// Called from any thread.
using Log = std::function<void(const LogRecord&)>;

}  // namespace croft::ctl
