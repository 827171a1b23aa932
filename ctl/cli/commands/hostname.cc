#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

std::string hostname_in(const Json& container) {
  const Json set = at_path(container, {"spec", "hostname"});
  return set.is_string() ? set.get<std::string>() : text_at(container, "name");
}

int show(const Invocation& call, const Target& target) {
  Client client = call.client();
  const std::string name = hostname_in(client.call("GET", container_path(target, "")));
  if (call.json())
    call.screen.out << Json{{"hostname", name}}.dump(2) << '\n';
  else
    call.screen.out << name << '\n';
  return 0;
}

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  if (call.arguments.operands.size() == 1) return show(call, target);
  const std::string& name = call.operand(1);
  const Json body{{"set", {{"hostname", name}}}};
  const std::string path = container_path(target, "", changing_query(call));
  return do_one(call, "name", target.shown, [&](Client& client, std::size_t, const OnProgress& progress) {
    Json done = client.perform("PATCH", path, body, progress);
    return Outcome{"its host name is " + (name.empty() ? hostname_in(done) : name), std::move(done)};
  });
}

}  // namespace

Command hostname_command() {
  return {
      .name = "hostname",
      .summary = "show or set the host name inside",
      .operands = "CONTAINER [NAME]",
      .least = 1,
      .most = 2,
      .names = Names::kContainers,
      .description =
          "Shows the host name of a container, or gives it another: at once in one that runs, with its "
          "/etc/hostname and /etc/hosts. An empty NAME makes it the container's own again. The same as "
          "`croft set CONTAINER hostname=NAME`.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft hostname web1 www.example.org", "Set it"}, {"croft hostname web1", "Show it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
