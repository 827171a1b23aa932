#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/net_tables.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return print_named(call, kClassKind, class_heads(), class_row, class_rows);
}

}  // namespace

Command net_class_list_command() {
  return {
      .name = "net class list",
      .aliases = {"ls"},
      .summary = "classes and prefixes",
      .description = "Prints the traffic classes that have prefixes, and class 0, which has all the rest.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft net class list", "A table"}},
      .run = run,
  };
}

}  // namespace croft::ctl
