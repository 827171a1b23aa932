#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  std::map<std::string, std::string> query;
  if (call.arguments.has("force")) query["force"] = "1";
  return on_containers(call, {.verb = "destroy", .done = "destroyed", .method = "DELETE", .query = query});
}

}  // namespace

Command destroy_command() {
  return {
      .name = "destroy",
      .aliases = {"delete", "rm"},
      .summary = "remove with all files",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Removes containers with all their files; this cannot be undone. A running container is refused "
          "unless --force says that it may be killed first.",
      .options = {{"-f,--force", "", "Kill running ones first"}, kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft destroy web1", "Remove a stopped container"},
                   {"croft destroy -f 'test-*'", "Kill and remove all whose names begin with test-"}},
      .run = run,
  };
}

}  // namespace croft::ctl
