#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/net_uplink.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string path = with_query(kUplinkPath, changing_query(call));
  return do_one(call, "remove", "uplink", [&](Client& client, std::size_t, const OnProgress& progress) {
    return Outcome{"removed", client.perform("DELETE", path, std::nullopt, progress)};
  });
}

}  // namespace

Command net_uplink_remove_command() {
  return {
      .name = "net uplink remove",
      .summary = "nothing is said of it any more",
      .operands = "",
      .least = 0,
      .most = 0,
      .description =
          "Takes back what was said of the uplink: nothing of it can be guaranteed any more, nothing is "
          "divided, "
          "and running containers keep their limits alone.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft net uplink remove", "Limits only"}},
      .run = run,
  };
}

}  // namespace croft::ctl
