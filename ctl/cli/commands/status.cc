#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/container_columns.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/select.h"

namespace croft::ctl {
namespace {

std::string since(const Json& container) {
  const Json started = at_path(container, {"started"});
  if (text_at(container, "state") != "running" || !started.is_string()) return "";
  const std::optional<std::time_t> when = parse_time(started.get<std::string>());
  const std::time_t now = std::time(nullptr);
  return when && now >= *when ? human_span(static_cast<std::uint64_t>(now - *when)) : "";
}

Row row_of(const Target& target, const Json& container) {
  const std::string state = text_at(container, "state");
  const std::string reason = text_at(container, "reason");
  const std::string up = text_at(container, "up");
  const std::string services = up.empty() ? "" : "services " + up;
  return {
      {target.shown}, {state, state_colour(state)}, {since(container)}, {reason.empty() ? services : reason}};
}

int run(Invocation& call) {
  Client client = call.client();
  std::vector<Row> rows;
  Json all = Json::array();
  bool running = true;
  for (const Target& target : chosen_targets(client, call)) {
    const Json container = client.call("GET", container_path(target));
    running = running && text_at(container, "state") == "running";
    rows.push_back(row_of(target, container));
    all.push_back({{"object", target.shown},
                   {"state", container.at("state")},
                   {"reason", at_path(container, {"reason"})},
                   {"up", at_path(container, {"up"})}});
  }
  if (call.json()) {
    print_json(call.screen, all);
  } else if (!call.quiet()) {
    call.screen.out << format_table({{""}, {""}, {""}, {""}}, rows, false, call.screen.colour);
  }
  return running ? kExitOk : exit_status_of(runtime::ErrorKind::kConflict);
}

}  // namespace

Command status_command() {
  return {
      .name = "status",
      .summary = "state in one line each",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .description =
          "Prints the state of each container, what its init says of itself, and for how long it has been "
          "running. "
          "The exit status is 0 when all are running and 5 when one is not.",
      .options = {kTenant, kJson, {"-q,--quiet", "", "Print nothing, only exit"}},
      .examples = {{"croft status web1", "One container"},
                   {"croft status -q web1 || croft start web1", "Start it if it is not running"}},
      .run = run,
  };
}

}  // namespace croft::ctl
