#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/net_tables.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  Client client = call.client();
  const Selection selection(call.arguments.operands, call.arguments.has("all-tenants") ? "*" : call.tenant());
  Json taken = Json::array();
  for (const Json& item : fetch_list(client, "/v1/net/usage", selection.query()))
    if (selection.takes(text_at(item, "tenant"), text_at(item, "name"), text_at(item, "uuid")))
      taken.push_back(item);
  if (call.json()) {
    print_json(call.screen, taken);
    return kExitOk;
  }
  std::vector<ColumnHead> heads = traffic_heads();
  heads.insert(heads.begin(), {"CONTAINER"});
  std::vector<Row> rows;
  for (const Json& item : taken) {
    const std::string name = text_at(item, "name");
    for (Row row : traffic_rows(at_path(item, {"traffic"}))) {
      row.insert(row.begin(), {selection.is_wide() ? text_at(item, "tenant") + "/" + name : name});
      rows.push_back(std::move(row));
    }
  }
  call.screen.out << format_table(heads, rows, !call.arguments.has("no-header"), call.screen.colour);
  return kExitOk;
}

}  // namespace

Command net_usage_command() {
  return {
      .name = "net usage",
      .summary = "what was sent and received",
      .operands = "[CONTAINER...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Prints how much containers have received (IN) and sent (OUT) since they were created, by traffic "
          "class: bytes and packets as they are on the link, with their headers, also of what was dropped "
          "behind it. The figures are never reset, and go on when container, daemon or host are restarted; "
          "after a loss of power up to a minute may be missing. With -j bytes are exact.",
      .options = {{"-A,--all-tenants", "", "Containers of all tenants"},
                  {"-H,--no-header", "", "Leave the head line out"},
                  kTenant,
                  kJson},
      .examples = {{"croft net usage web1", "One container"}, {"croft net usage -A -j", "All, for a bill"}},
      .run = run,
  };
}

}  // namespace croft::ctl
