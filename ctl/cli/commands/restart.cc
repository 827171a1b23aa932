#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/stopping.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return on_containers(call,
                       {.verb = "restart", .done = "restarted", .part = "restart", .body = stop_body(call)});
}

}  // namespace

Command restart_command() {
  return {
      .name = "restart",
      .summary = "stop, then start",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Stops containers in good order, killing what is left after the timeout, and starts them again.",
      .options = {kStopTimeout, kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft restart web1", "Restart one"}},
      .run = run,
  };
}

}  // namespace croft::ctl
