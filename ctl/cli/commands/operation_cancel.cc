#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return delete_named(call, kOperationKind, "cancel", "cancelled");
}

}  // namespace

Command operation_cancel_command() {
  return {
      .name = "operation cancel",
      .summary = "stop it and undo what it did",
      .operands = "ID...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kOperations,
      .description = "Asks operations to stop. What they have changed so far is undone.",
      .options = {kJson, kQuiet},
      .examples = {{"croft operation cancel 17", "Cancel one"}},
      .run = run,
  };
}

}  // namespace croft::ctl
