#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/select.h"
#include "ctl/cli/settings.h"
#include "ctl/fleet/yaml.h"
#include "ctl/spec/patch.h"

namespace croft::ctl {
namespace {

// What a new container of the template would not have by itself.
Json stated(const Json& spec) {
  const Json fresh = to_json(parse_spec({{"template", spec.at("template")}}));
  Json made{{"template", spec.at("template")}};
  for (const Difference& one : differences(fresh, spec)) made[one.key] = setting_text(one.key, one.after);
  return made;
}

int run(Invocation& call) {
  Client client = call.client();
  Json containers = Json::object();
  for (const Target& target : chosen_targets(client, call)) {
    const Json container = client.call("GET", container_path(target, "", {{"fields", "name,tenant,spec"}}));
    const std::string tenant = text_at(container, "tenant");
    const std::string name = text_at(container, "name");
    containers[tenant == call.tenant() ? name : tenant + "/" + name] = stated(container.at("spec"));
  }
  const Json fleet{{"containers", std::move(containers)}};
  if (call.json()) {
    print_json(call.screen, fleet);
  } else {
    call.screen.out << to_yaml(fleet);
  }
  return 0;
}

}  // namespace

Command export_command() {
  return {
      .name = "export",
      .summary = "their settings as a file",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .description =
          "Prints the settings of containers as a fleet file, which `croft apply` makes them from again: the "
          "template and everything that a new container would not have by itself. Files are not in it; for "
          "these there is `croft backup`.",
      .options = {kTenant, kJson},
      .examples = {{"croft export web1 > web1.yaml", "One container's settings"},
                   {"croft export '*' > host.yaml", "All of the tenant"}},
      .run = run,
  };
}

}  // namespace croft::ctl
