#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return on_containers(call, {.verb = "freeze", .done = "frozen", .part = "freeze"});
}

}  // namespace

Command freeze_command() {
  return {
      .name = "freeze",
      .aliases = {"pause"},
      .summary = "halt all processes",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Halts every process of the containers where it is; memory stays. `croft thaw` lets them go on.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft freeze web1", "Halt one"}},
      .run = run,
  };
}

}  // namespace croft::ctl
