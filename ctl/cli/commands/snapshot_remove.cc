#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/snapshot.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  const std::vector<std::string> names(call.arguments.operands.begin() + 1, call.arguments.operands.end());
  return for_each(
      call, "remove snapshot", names, [&](Client& client, std::size_t i, const OnProgress& progress) {
        const std::string path = container_path(target, snapshot_part(names[i]), changing_query(call));
        return Outcome{"removed", client.perform("DELETE", path, std::nullopt, progress)};
      });
}

}  // namespace

Command snapshot_remove_command() {
  return {
      .name = "snapshot remove",
      .aliases = {"delete", "rm"},
      .summary = "give its space back",
      .operands = "CONTAINER SNAPSHOT...",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description = "Removes snapshots of a container. The container stays as it is.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft snapshot remove web1 before-upgrade", "One of them"}},
      .run = run,
  };
}

}  // namespace croft::ctl
