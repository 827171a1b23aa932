#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string& name = call.arguments.operands.at(0);
  const Json body{{"size", call.arguments.operands.at(1)}};
  const std::string path = with_query(named_path(kDiskPoolKind, name) + "/grow", changing_query(call));
  return do_one(call, "grow pool", name, [&](Client& client, std::size_t, const OnProgress& progress) {
    return Outcome{"grown", client.perform("POST", path, body, progress)};
  });
}

}  // namespace

Command pool_grow_command() {
  return {
      .name = "pool grow",
      .summary = "make one larger",
      .operands = "POOL SIZE",
      .least = 2,
      .most = 2,
      .names = Names::kDiskPools,
      .description =
          "Makes the file system of a pool that has one of its own SIZE large, while containers run in it. "
          "It "
          "cannot be made smaller. When it was interrupted, the daemon's next start goes on with it.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft pool grow fast 400G", "To 400 GiB"}},
      .run = run,
  };
}

}  // namespace croft::ctl
