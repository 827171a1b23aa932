#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run_suspend(Invocation& call) {
  Json body = Json::object();
  if (call.arguments.has("reason")) body["reason"] = call.arguments.value("reason");
  return on_containers(call,
                       {.verb = "suspend", .done = "suspended", .part = "suspend", .body = std::move(body)});
}

int run_unsuspend(Invocation& call) {
  Json body = Json::object();
  if (call.arguments.has("no-start")) body["start"] = false;
  return on_containers(
      call,
      {.verb = "unsuspend", .done = "no longer suspended", .part = "unsuspend", .body = std::move(body)});
}

}  // namespace

Command suspend_command() {
  return {
      .name = "suspend",
      .summary = "keep them from starting",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Stops containers and keeps them stopped, over reboots of the host too, whoever or whatever would "
          "start them, until `croft unsuspend`. Suspending a suspended one changes nothing but the reason. "
          "An "
          "operator can still say `croft start --suspended`. Files, addresses and settings stay as they are.",
      .options =
          {{"--reason", "TEXT", "Why, for those who find it stopped"}, kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft suspend web1 --reason 'unpaid since May'", "One container"},
                   {"croft suspend -l customer=4711 --reason 'abuse, ticket 88'", "All of a customer"}},
      .run = run_suspend,
  };
}

Command unsuspend_command() {
  return {
      .name = "unsuspend",
      .summary = "let them start again",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description = "Ends what `croft suspend` began, and starts what ran then.",
      .options = {{"--no-start", "", "Leave them stopped"}, kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft unsuspend web1", "It runs again if it ran before"}},
      .run = run_unsuspend,
  };
}

}  // namespace croft::ctl
