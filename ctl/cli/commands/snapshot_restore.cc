#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/snapshot.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string& container = call.operand(0);
  const std::string path = container_path(parse_target(container, call.tenant()),
                                          snapshot_part(call.operand(1), "restore"), changing_query(call));
  return do_one(call, "restore", container, [&](Client& client, std::size_t, const OnProgress& progress) {
    return Outcome{"restored", client.perform("POST", path, Json::object(), progress)};
  });
}

}  // namespace

Command snapshot_restore_command() {
  return {
      .name = "snapshot restore",
      .summary = "make it what it was",
      .operands = "CONTAINER SNAPSHOT",
      .least = 2,
      .most = 2,
      .names = Names::kContainers,
      .description =
          "Makes what a container wrote what it was when the snapshot was made. The container must not run. "
          "Its settings, name and addresses stay, and so does the snapshot. However it is interrupted, the "
          "container is either what it was before or what it is to be.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft snapshot restore web1 before-upgrade", "As it was before"}},
      .run = run,
  };
}

}  // namespace croft::ctl
