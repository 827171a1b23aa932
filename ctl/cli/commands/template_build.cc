#include <algorithm>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

Json list_of(const std::string& text) {
  Json list = Json::array();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    if (end > at) list.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return list;
}

Json body_of(const Invocation& call) {
  Json body = Json::object();
  for (const char* name : {"recipe", "suite", "mirror"})
    if (call.arguments.has(name)) body[name] = call.arguments.value(name);
  if (call.arguments.has("include")) body["packages"] = list_of(call.arguments.value("include"));
  return body;
}

int run(Invocation& call) {
  const std::string& name = call.operand(0);
  const std::string path =
      with_query("/v1/templates/" + percent_encoded(name) + "/build", changing_query(call));
  return do_one(call, "build", name, [&](Client& client, std::size_t, const OnProgress& progress) {
    return Outcome{"built", client.perform("POST", path, body_of(call), progress)};
  });
}

}  // namespace

Command template_build_command() {
  return {
      .name = "template build",
      .summary = "make one from a distribution's packages",
      .operands = "NAME",
      .least = 1,
      .most = 1,
      .names = Names::kTemplates,
      .description =
          "Builds a template by a recipe: debian-12 and debian-13, with systemd as their init, need a "
          "package "
          "mirror and some minutes; busybox needs nothing but the host's own busybox and takes a second. The "
          "recipe is the template's name unless another is said.",
      .options = {{"--recipe", "RECIPE", "What to build: debian-12, debian-13, debian or busybox"},
                  {"--suite", "SUITE", "Release of Debian for the recipe debian, bookworm unless said"},
                  {"--mirror", "URL", "Where its packages come from; otherwise the host's own source"},
                  {"--include", "PACKAGE,...", "Install these packages as well"},
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft template build debian-12", "Debian 12 with systemd"},
                   {"croft template build --recipe debian-12 --include nginx,curl web", "With more packages"},
                   {"croft template build busybox", "The smallest one"}},
      .run = run,
  };
}

}  // namespace croft::ctl
