// Runs croft in the test's own process.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "ctl/cli/dispatch.h"
#include "tests/unit/cli/fake_daemon.h"

namespace croft::ctl {

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

inline Ran run_line(const std::vector<std::string>& words, Environment environment = {},
                    const Stdio& stdio = {}) {
  std::ostringstream out;
  std::ostringstream err;
  Screen screen{.out = out, .err = err};
  Ran ran;
  ran.status = run_croft(words, screen, stdio, environment);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

inline Ran run_against(const fakes::FakeDaemon& daemon, const std::vector<std::string>& words,
                       const Stdio& stdio = {}) {
  return run_line(words, {{"CROFT_SOCKET", daemon.socket_path()}}, stdio);
}

}  // namespace croft::ctl
