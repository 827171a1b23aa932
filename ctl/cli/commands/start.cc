#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/making.h"
#include "ctl/cli/each.h"
#include "ctl/cli/select.h"

namespace croft::ctl {
namespace {

constexpr std::uint64_t kPatience = 120;

std::optional<Json> body_of(const Json& body) {
  return body.is_null() ? std::nullopt : std::optional<Json>(body);
}

int run(Invocation& call) {
  const Json body = call.arguments.has("suspended") ? Json{{"suspended", true}} : Json();
  if (!call.arguments.has("wait") || call.dry_run())
    return on_containers(call, {.verb = "start", .done = "started", .part = "start", .body = body});
  Client first = call.client();
  const std::vector<Target> targets = chosen_targets(first, call);
  const std::uint64_t timeout = timeout_of(call, kPatience);
  std::vector<std::string> shown;
  for (const Target& target : targets) shown.push_back(target.shown);
  return for_each(call, "start", shown, [&](Client& client, std::size_t i, const OnProgress& progress) {
    const Json started = client.perform("POST", container_path(targets[i], "start"), body_of(body), progress);
    return Outcome{"up", wait_for(client, targets[i], "up", timeout, started)};
  });
}

}  // namespace

Command start_command() {
  return {
      .name = "start",
      .summary = "run containers",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Starts containers: returns when the init of each runs, which is before its services are up. With "
          "--wait it returns when they are, or fails for one whose run ends first. With --dry-run it prints "
          "every change that a start makes on the host, and in the container before its init runs.",
      .options = {{"-w,--wait", "", "Wait until they are up"},
                  kWaitTimeout,
                  {"--suspended", "", "Also those that are suspended"},
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft start web1", "Start one"},
                   {"croft start -w 'web*'", "All whose names begin with web, until they are up"},
                   {"croft start --dry-run -j web1", "The list of changes, for programs"}},
      .run = run,
  };
}

}  // namespace croft::ctl
