#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string& container = call.operand(0);
  const std::string& name = call.operand(1);
  return do_one(call, "commit", container, [&](Client& client, std::size_t, const OnProgress& progress) {
    const std::string path =
        container_path(parse_target(container, call.tenant()), "commit", changing_query(call));
    Json made = client.perform("POST", path, Json{{"template", name}}, progress);
    std::string words = "committed as template " + name + ", " +
                        limit_text(at_path(made, {"size_bytes"}), human_size) + " in " +
                        std::to_string(made.value("layers", Json::array()).size()) + " layers";
    return Outcome{std::move(words), std::move(made)};
  });
}

}  // namespace

Command commit_command() {
  return {
      .name = "commit",
      .summary = "make a template of one",
      .operands = "CONTAINER TEMPLATE",
      .least = 2,
      .most = 2,
      .names = Names::kContainers,
      .description =
          "Makes a template of a container that is stopped or frozen: what it wrote and deleted becomes one "
          "more layer on the layers of its template, which stay shared. The container stays as it is. Its "
          "settings are not part of the template.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft commit web1 web-12", "A template with what was installed in web1"}},
      .run = run,
  };
}

}  // namespace croft::ctl
