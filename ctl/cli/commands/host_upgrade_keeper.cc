#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string path = with_query("/v1/daemon/upgrade-keeper", changing_query(call));
  return do_one(call, "upgrade", "keeper", [&](Client& client, std::size_t, const OnProgress& progress) {
    return Outcome{"upgraded", client.perform("POST", path, std::nullopt, progress)};
  });
}

}  // namespace

Command host_upgrade_keeper_command() {
  return {
      .name = "host upgrade-keeper",
      .summary = "put the installed keeper in place",
      .description =
          "Has the running keeper replace its program by the installed one, after Croft was upgraded. "
          "Containers, their consoles and commands inside go on, and no exit status is lost.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft host upgrade-keeper", "After a new version was installed"}},
      .run = run,
  };
}

}  // namespace croft::ctl
