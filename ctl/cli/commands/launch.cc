#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/making.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

constexpr std::uint64_t kPatience = 120;

// A dry run has no container yet whose start could be described, so it shows the making alone.
Outcome launch(const Invocation& call, Client& client, const Target& target, const Json& spec,
               const OnProgress& progress) {
  const std::string path = with_query("/v1/containers", changing_query(call));
  Json result = client.perform("POST", path, create_body(target, spec), progress);
  if (call.dry_run()) return {"", result};
  try {
    result = client.perform("POST", container_path(target, "start"), std::nullopt, progress);
    if (call.arguments.has("wait"))
      result = wait_for(client, target, "up", timeout_of(call, kPatience), result);
  } catch (runtime::Error& error) {
    throw error.cure("it is created; look at `croft logs " + target.shown + "`, then start or destroy it");
  }
  return {call.arguments.has("wait") ? "up" : "started", result};
}

int run(Invocation& call) {
  const NewContainers made = new_containers(call);
  std::vector<std::string> shown;
  for (const Target& target : made.targets) shown.push_back(target.shown);
  return for_each(call, "launch", shown, [&](Client& client, std::size_t i, const OnProgress& progress) {
    return launch(call, client, made.targets[i], made.spec, progress);
  });
}

}  // namespace

Command launch_command() {
  return {
      .name = "launch",
      .summary = "create and start",
      .operands = "[TEMPLATE] NAME... [KEY=VALUE...]",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTemplates,
      .in_parallel = true,
      .description =
          "Makes containers from a template and starts them. With --wait it returns when each one's init "
          "says that "
          "it is up.",
      .options = {{"-w,--wait", "", "Wait until they are up"},
                  kWaitTimeout,
                  kTemplateOption,
                  kPlanOption,
                  kCount,
                  kFirst,
                  kSpecFile,
                  kUserData,
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft launch debian-12 web1", "Make and start one"},
                   {"croft launch -w debian-12 web1 web2 web3", "Three at once, until all are up"},
                   {"croft launch --count 100 --parallel 16 debian-12 'web%03d'", "A hundred"}},
      .run = run,
  };
}

}  // namespace croft::ctl
