#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/snapshot.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  Client client = call.client();
  const Json list =
      fetch_list(client, container_path(parse_target(call.operand(0), call.tenant()), "snapshots"), {});
  if (call.json()) {
    print_json(call.screen, list);
    return kExitOk;
  }
  std::vector<Row> rows;
  for (const Json& item : list) {
    if (call.quiet()) call.screen.out << text_at(item, "name") << '\n';
    rows.push_back({{text_at(item, "name")},
                    {local_time(text_at(item, "created"))},
                    {pause_text(item["pause_us"])},
                    {item.value("scheduled", false) ? "expires" : "stays"}});
  }
  if (!call.quiet())
    call.screen.out << format_table({{"SNAPSHOT"}, {"CREATED"}, {"PAUSE", true}, {"KEPT"}}, rows,
                                    !call.arguments.has("no-header"), call.screen.colour);
  return kExitOk;
}

}  // namespace

Command snapshot_list_command() {
  return {
      .name = "snapshot list",
      .aliases = {"ls"},
      .summary = "which it has",
      .operands = "CONTAINER",
      .least = 1,
      .most = 1,
      .names = Names::kContainers,
      .description =
          "Prints the snapshots of a container, for how long it was frozen for each, and whether it expires: "
          "those "
          "do that snapshot.schedule made, as snapshot.keep says. Others stay until they are removed.",
      .options = {kTenant, {"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft snapshot list web1", "A table"}},
      .run = run,
  };
}

}  // namespace croft::ctl
