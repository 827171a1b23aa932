#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  const std::string& name = call.operand(1);
  const std::string path = container_path(target, "rename", changing_query(call));
  return do_one(call, "rename", target.shown, [&](Client& client, std::size_t, const OnProgress& progress) {
    return Outcome{"now called " + name, client.perform("POST", path, Json{{"name", name}}, progress)};
  });
}

}  // namespace

Command rename_command() {
  return {
      .name = "rename",
      .aliases = {"mv"},
      .summary = "give another name",
      .operands = "CONTAINER NAME",
      .least = 2,
      .most = 2,
      .names = Names::kContainers,
      .description =
          "Gives a container another name in its tenant. Its uuid, files and addresses stay. Its host name "
          "follows, unless one is set.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft rename web1 www", "web1 is now called www"}},
      .run = run,
  };
}

}  // namespace croft::ctl
