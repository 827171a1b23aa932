#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return show_named(call, kOperationKind);
}

}  // namespace

Command operation_show_command() {
  return {
      .name = "operation show",
      .summary = "all about one",
      .operands = "ID...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kOperations,
      .description = "Prints an operation: its progress, and its result or error when it has ended.",
      .options = {kJson},
      .examples = {{"croft operation show 17", "One operation"}},
      .run = run,
  };
}

}  // namespace croft::ctl
