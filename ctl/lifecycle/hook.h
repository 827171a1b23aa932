// A program of the operator that is run on the host: for a threshold, or for what happens to a container.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace croft::ctl {

struct HostHook {
  std::string directory;                                    // of the programs that may be run
  std::vector<std::string> words;                           // a program's name in it, and arguments
  std::vector<std::pair<std::string, std::string>> values;  // its environment, beside PATH
  std::string input{};                                      // its standard input
  std::chrono::seconds limit{30};                           // then it is killed
  std::function<bool()> stopping{};  // asked now and then: it is killed when that is true
};

// Runs it in pid and mount namespaces of its own (runtime/program.h), so that nothing of it is left when it
// has ended, was killed or the daemon dies; returns what it said, at most kMostSaid bytes. The directory and
// the program must belong to root and be writable by nobody else: whoever may use the API chooses among them,
// and does not thereby become root of the host. Throws Error: kNotFound, kRefused for wrong owners or modes,
// kTimeout, kConflict when `stopping`, kSystem with its exit status, and with what it said.
std::string run_on_host(const HostHook& hook);

inline constexpr std::size_t kMostSaid = 4096;
// What a program said as text of one line: control characters become blanks, the rest valid UTF-8.
std::string printable(std::string_view said);
// "`PROGRAM` ended with status 3: it said: ..."
[[noreturn]] void fail_of_hook(const std::string& program, const std::string& how, const std::string& said);

}  // namespace croft::ctl
