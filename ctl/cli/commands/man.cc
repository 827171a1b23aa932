#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/invocation.h"
#include "ctl/cli/man_page.h"
#include "ctl/cli/table.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string& part = call.operand(0);
  if (part == "commands") {
    call.screen.out << mdoc_commands(all_commands());
  } else if (part == "exit-status") {
    call.screen.out << mdoc_exit_status();
  } else if (part == "settings") {
    call.screen.out << mdoc_settings();
  } else if (part == "system-calls") {
    call.screen.out << mdoc_system_calls();
  } else {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "no manual page has a part `" + part + "`");
  }
  return 0;
}

}  // namespace

Command man_command() {
  return {
      .name = "__man",
      .summary = "parts of the manual pages",
      .operands = "commands|exit-status|settings|system-calls",
      .least = 1,
      .most = 1,
      .description = "Prints the generated part of croft(1), or of croft-spec(5), as mdoc source.",
      .options = {},
      .examples = {{"croft __man settings", "The keys"}},
      .run = run,
  };
}

}  // namespace croft::ctl
