#include "ctl/cli/help.h"

#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/invocation.h"
#include "ctl/cli/table.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

std::string exit_help() {
  std::string out = "Exit status:\n";
  for (const ExitMeaning& meaning : exit_meanings())
    out += pad_left(std::to_string(meaning.status), 5) + "  " + std::string(meaning.says) + "\n";
  return out +
         "\nWith several operands it is that of the first one, in the order typed, that failed.\n"
         "exec, enter and run leave with the status of the command inside, 128 plus the\n"
         "signal's number if one ended it, 125 if croft failed, 126 if the command cannot be\n"
         "executed and 127 if it is not there.\n";
}

int run(Invocation& call) {
  const std::vector<Command> table = all_commands();
  const std::vector<std::string>& words = call.arguments.operands;
  if (words.empty()) {
    call.screen.out << overview(table);
    return kExitOk;
  }
  if (words.front() == "all") {
    call.screen.out << full_overview(table);
    return kExitOk;
  }
  if (words.front() == "exit-status") {
    call.screen.out << exit_help();
    return kExitOk;
  }
  const Found found = find_command(table, words);
  if (!found.wrong.empty()) throw runtime::Error(runtime::ErrorKind::kInvalid, found.wrong);
  call.screen.out << (found.command == nullptr ? group_help(table, found.group)
                                               : command_help(*found.command));
  return kExitOk;
}

}  // namespace

Command help_command() {
  return {
      .name = "help",
      .summary = "of a command",
      .operands = "[COMMAND...|all|exit-status]",
      .most = kAnyNumber,
      .names = Names::kCommands,
      .description =
          "Prints the commands of every day, all of them, the help of one, or what the exit status means.",
      .options = {},
      .examples = {{"croft help template import", "The same as `croft template import --help`"},
                   {"croft help all", "Every command in a line"},
                   {"croft help exit-status", "What the numbers mean"}},
      .run = run,
  };
}

}  // namespace croft::ctl
