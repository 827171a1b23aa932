#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::vector<std::string> ids = named_operands(call, kOperationKind);
  return for_each(call, "cancel operation", ids, [&](Client& client, std::size_t i, const OnProgress&) {
    return Outcome{"cancelled", client.call("DELETE", named_path(kOperationKind, ids[i]))};
  });
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
