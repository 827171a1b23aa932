#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return on_containers(call, {.verb = "thaw", .done = "running", .part = "thaw"});
}

}  // namespace

Command thaw_command() {
  return {
      .name = "thaw",
      .aliases = {"unfreeze", "unpause"},
      .summary = "let frozen ones go on",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description = "Lets the processes of frozen containers go on.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft thaw 'web*'", "All whose names begin with web"}},
      .run = run,
  };
}

}  // namespace croft::ctl
