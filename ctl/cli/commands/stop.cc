#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/stopping.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return on_containers(call, {.verb = "stop", .done = "stopped", .part = "stop", .body = stop_body(call)});
}

}  // namespace

Command stop_command() {
  return {
      .name = "stop",
      .summary = "end them in good order",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Asks the init of each container to shut down and waits. What has not ended when the time is over "
          "is killed; that is a success too. Stopping a stopped container does nothing.",
      .options = {kStopTimeout, kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft stop web1", "Shut one down"},
                   {"croft stop -T 5s 'web*'", "All whose names begin with web, killed after five seconds"},
                   {"croft stop -l app=shop --state running,frozen", "All with a label that run"},
                   {"croft stop -T 0 acme/db", "Kill at once"}},
      .run = run,
  };
}

}  // namespace croft::ctl
