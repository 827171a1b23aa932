#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string path = with_query("/v1/host/shutdown", changing_query(call));
  return do_one(call, "shut down", "host", [&](Client& client, std::size_t, const OnProgress& progress) {
    const Json answer = client.perform("POST", path, std::nullopt, progress);
    return Outcome{"stopped " + std::to_string(answer.value("stopped", 0U)) + " containers", answer};
  });
}

}  // namespace

Command host_shutdown_command() {
  return {
      .name = "host shutdown",
      .summary = "stop all because the host goes down",
      .description =
          "Stops every container, those of the highest boot.order first, and remembers which ran: the next "
          "boot "
          "starts again what `onboot` says. The host itself is not touched; its service manager calls this "
          "while it shuts down.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft host shutdown", "Before a host without systemd is rebooted"},
                   {"croft host shutdown --dry-run", "In which order"}},
      .run = run,
  };
}

}  // namespace croft::ctl
