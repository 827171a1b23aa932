// What a running command says: results on standard output, errors and progress on standard error. Several
// operands may be worked on at once, so everything goes through one lock and the progress line steps aside.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "ctl/cli/invocation.h"

namespace croft::ctl {

// "croft: cannot create `web1`: 2 settings are wrong" with the fields under it; ends in a newline.
std::string format_error(const runtime::Error& error, bool with_colour);

// Puts "cannot start `web1`" in front unless the daemon has said it already.
runtime::Error with_attempt(runtime::Error error, const std::string& attempt);

using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

class Reporter {
 public:
  explicit Reporter(Screen& screen, bool quiet, SteadyClock clock = std::chrono::steady_clock::now);
  ~Reporter();
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  // Shown only for what takes over a second: one line that replaces itself on a terminal, else a line of its
  // own at most every five seconds. `percent` -1 is unknown.
  void progress(const std::string& object, const std::string& what, int percent);
  OnProgress progress_of(const std::string& object);

  void text(const std::string& text);  // as it is, with its newlines
  void json(const Json& value);
  void error(const runtime::Error& error);

 private:
  void clear();

  std::mutex mutex_;
  Screen& screen_;
  bool quiet_;
  SteadyClock clock_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point begun_ = clock_();
  std::chrono::steady_clock::time_point last_;
};

}  // namespace croft::ctl
