#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/settings.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  std::vector<std::string> names;
  std::vector<std::string> settings;
  for (const std::string& operand : call.arguments.operands)
    (is_assignment(operand) ? settings : names).push_back(operand);
  if ((names.empty() && !is_choosing(call.command, call.arguments)) || settings.empty()) {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "a container and a setting are needed")
        .cure("as in `croft set web1 memory.limit=512M`");
  }
  // Wrong keys and values are told before anything is asked of the daemon.
  static_cast<void>(spec_of(settings));
  call.arguments.operands = names;
  Json body{{"set", parse_assignments(settings)}};
  if (call.arguments.has("stage") && call.arguments.has("runtime"))
    throw runtime::Error(runtime::ErrorKind::kInvalid, "--stage and --runtime exclude each other");
  if (call.arguments.has("stage")) {
    return on_containers(
        call,
        {.verb = "stage a change of", .done = "staged", .method = "PATCH", .part = "stage", .body = body});
  }
  if (call.arguments.has("runtime")) body["runtime"] = true;
  return on_containers(
      call, {.verb = "change", .done = "changed", .method = "PATCH", .part = "", .body = std::move(body)});
}

}  // namespace

Command set_command() {
  return {
      .name = "set",
      .summary = "change settings",
      .operands = "CONTAINER... KEY=VALUE...",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kSettings,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Changes settings of containers: all of them, or none when one is wrong. KEY= unsets one, so that "
          "the default holds again. For lists KEY+=VALUE adds and KEY-=VALUE takes away. croft-spec(5) has "
          "the keys and says which take effect in a running container at once. With --runtime they hold for "
          "the present run alone: nothing is saved, and the next start takes what was. Memory that a smaller "
          "limit takes away is reclaimed first; when its processes need it, nothing is changed.",
      .options = {{"--runtime", "", "For the present run alone: save nothing"},
                  {"--stage", "", "Keep the change for `croft stage apply`"},
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft set web1 memory.limit=2G cpu.limit=1.5", "Limits, at once"},
                   {"croft set web1 env.LANG=C.UTF-8 hostname=", "Set one, unset another"},
                   {"croft set --runtime web1 memory.limit=4G", "More memory until it ends"},
                   {"croft set -l app=shop cpu.limit=2", "Of all that have this label"},
                   {"croft set 'web*' net.address+=10.0.0.9", "Add to a list"}},
      .run = run,
  };
}

}  // namespace croft::ctl
