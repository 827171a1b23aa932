#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/making.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const NewContainers made = new_containers(call);
  std::vector<std::string> shown;
  for (const Target& target : made.targets) shown.push_back(target.shown);
  const std::string path = with_query("/v1/containers", changing_query(call));
  return for_each(call, "create", shown, [&](Client& client, std::size_t i, const OnProgress& progress) {
    return Outcome{"created",
                   client.perform("POST", path, create_body(made.targets[i], made.spec), progress)};
  });
}

}  // namespace

Command create_command() {
  return {
      .name = "create",
      .summary = "make containers",
      .operands = "[TEMPLATE] NAME... [KEY=VALUE...]",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTemplates,
      .in_parallel = true,
      .description =
          "Makes containers from a template without starting them. Settings are keys of croft-spec(5); what "
          "is "
          "not said has its default. Making one takes the same time however large the template is. With "
          "--count "
          "each NAME stands for so many, numbered where it says %d; what was made already is told, and the "
          "others are made.",
      .options = {kTemplateOption, kPlanOption, kCount, kFirst, kSpecFile, kUserData, kTenant, kDryRun, kJson,
                  kQuiet},
      .examples = {{"croft create debian-12 web1", "One container with the defaults"},
                   {"croft create debian-12 web1 web2 memory.limit=512M cpu.limit=0.5", "Two with limits"},
                   {"croft create --count 500 'web%04d' --template debian-12 --plan small",
                    "web0001 to web0500, on a plan"},
                   {"croft create -f web.json debian-12 acme/web1", "Settings from a file, for tenant acme"}},
      .run = run,
  };
}

}  // namespace croft::ctl
