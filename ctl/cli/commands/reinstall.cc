#include "ctl/cli/ask.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

// With --force it runs afterwards if it ran before.
Outcome reinstall(const Invocation& call, Client& client, const Target& target, const OnProgress& progress) {
  Json body = Json::object();
  if (call.arguments.has("template")) body["template"] = call.arguments.value("template");
  const std::string path = container_path(target, "reinstall", changing_query(call));
  bool ran = false;
  if (call.arguments.has("force") && !call.dry_run()) {
    const std::string state = text_at(client.call("GET", container_path(target)), "state");
    ran = state == "running" || state == "frozen";
    if (ran) client.perform("POST", container_path(target, "stop"), std::nullopt, progress);
  }
  Json made = client.perform("POST", path, body, progress);
  if (ran) made = client.perform("POST", container_path(target, "start"), std::nullopt, progress);
  return {ran ? "reinstalled, started" : "reinstalled", std::move(made)};
}

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  if (!call.dry_run() && !agreed(call, "all that `" + target.shown + "` has written is removed")) return 0;
  return do_one(call, "reinstall", target.shown,
                [&](Client& client, std::size_t, const OnProgress& progress) {
                  return reinstall(call, client, target, progress);
                });
}

}  // namespace

Command reinstall_command() {
  return {
      .name = "reinstall",
      .summary = "as new, same name",
      .operands = "CONTAINER",
      .least = 1,
      .most = 1,
      .names = Names::kContainers,
      .description =
          "Removes all that a container has written, so that it is as when it was made, perhaps from another "
          "template. Name, uuid, ids, addresses, settings, snapshots and history stay. A running container "
          "is "
          "refused unless --force says that it may be stopped; it is started again then. Make a snapshot "
          "first if you may want to go back.",
      .options = {{"--template", "TEMPLATE", "Another template; otherwise its own, as that is now"},
                  {"-f,--force", "", "Stop it first, start it afterwards"},
                  kUnasked,
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft reinstall -y web1", "As new"},
                   {"croft reinstall -y -f --template debian-13 web1", "Another system, running again"}},
      .run = run,
  };
}

}  // namespace croft::ctl
