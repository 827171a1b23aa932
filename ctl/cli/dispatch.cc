#include "ctl/cli/dispatch.h"

#include <ostream>

#include "ctl/cli/exit_status.h"
#include "ctl/cli/help.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/table.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// --socket before the command is moved behind it, where its row knows it.
std::vector<std::string> cut_leading_socket(std::vector<std::string>& words) {
  std::vector<std::string> moved;
  while (!words.empty() && (words.front() == "--socket" || words.front().starts_with("--socket="))) {
    const std::ptrdiff_t count = words.front() == "--socket" ? 2 : 1;
    if (static_cast<std::size_t>(count) > words.size())
      throw Error(ErrorKind::kInvalid, "--socket needs a PATH").cure("see `croft --help`");
    moved.assign(words.begin(), words.begin() + count);
    words.erase(words.begin(), words.begin() + count);
  }
  return moved;
}

// Options of croft itself; true when one of them was all that was asked for.
bool print_own(const std::vector<std::string>& words, const std::vector<Command>& table, Screen& screen) {
  if (words.front() == "--help" || words.front() == "-h") {
    screen.out << overview(table);
    return true;
  }
  if (words.front() == "--version" || words.front() == "-V") {
    screen.out << "croft " << CROFT_VERSION << '\n';
    return true;
  }
  return false;
}

int run_group(const std::vector<Command>& table, const Found& found, const std::vector<std::string>& words,
              Screen& screen) {
  const bool asked = words.back().starts_with("-");  // --help, or another option
  (asked ? screen.out : screen.err) << group_help(table, found.group);
  return asked ? kExitOk : kExitUsage;
}

int run_row(const Command& command, const std::vector<std::string>& words, Screen& screen, const Stdio& stdio,
            const Environment& environment) {
  Invocation call{command, parse_arguments(command, words), screen, stdio, environment};
  if (call.arguments.has("help")) {
    screen.out << command_help(command);
    return kExitOk;
  }
  return command.run(call);
}

// What a failure of any kind is called in front of the operator.
Error told(const std::exception& failure) {
  if (const auto* error = dynamic_cast<const Error*>(&failure)) return *error;
  if (dynamic_cast<const Json::exception*>(&failure) == nullptr) return {ErrorKind::kSystem, failure.what()};
  Error error(ErrorKind::kSystem, "the daemon's answer is not what this version understands");
  return error.cure("compare the two that `croft version` prints");
}

// 125 tells the failure of exec, enter and run from that of the command inside.
int run_passing_status(const Command& command, const std::vector<std::string>& words, Screen& screen,
                       const Stdio& stdio, const Environment& environment) {
  try {
    return run_row(command, words, screen, stdio, environment);
  } catch (const std::exception& failure) {
    Reporter(screen, true).error(told(failure));
    return kExitCroftFailed;
  }
}

Error unknown(const std::string& wrong) {
  Error error(ErrorKind::kInvalid, wrong);
  return wrong.ends_with('?') ? error : error.cure("see `croft --help`");
}

int run_words(std::vector<std::string> words, Screen& screen, const Stdio& stdio,
              const Environment& environment) {
  const std::vector<Command> table = all_commands();
  const std::vector<std::string> socket = cut_leading_socket(words);
  if (words.empty()) {
    screen.err << overview(table);
    return kExitUsage;
  }
  if (print_own(words, table, screen)) return kExitOk;
  const Found found = find_command(table, words);
  if (!found.wrong.empty()) throw unknown(found.wrong);
  if (found.command == nullptr) return run_group(table, found, words, screen);
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(found.words));
  words.insert(words.begin(), socket.begin(), socket.end());
  return (found.command->passes_status ? run_passing_status : run_row)(*found.command, words, screen, stdio,
                                                                       environment);
}

}  // namespace

int run_croft(const std::vector<std::string>& words, Screen& screen, const Stdio& stdio,
              const Environment& environment) {
  try {
    const int status = run_words(words, screen, stdio, environment);
    screen.out << std::flush;
    if (!screen.out.good()) throw Error(ErrorKind::kSystem, "cannot write the output");
    return status;
  } catch (const std::exception& failure) {
    const Error error = told(failure);
    Reporter(screen, true).error(error);
    return exit_status_of(error.kind());
  }
}

}  // namespace croft::ctl
