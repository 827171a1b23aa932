#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

Json fetch(const Invocation& call) {
  Client client = call.client();
  const Selection selection(call.arguments.operands, call.arguments.has("all-tenants") ? "*" : call.tenant());
  Json found = Json::array();
  for (const Json& item : fetch_list(client, "/v1/net/containers", selection.query()))
    if (selection.takes(text_at(item, "tenant"), text_at(item, "name"), text_at(item, "uuid")))
      for (const Json& forward : at_path(item, {"forwards"}))
        found.push_back({{"forward", forward},
                         {"tenant", text_at(item, "tenant")},
                         {"container", text_at(item, "name")},
                         {"uuid", text_at(item, "uuid")},
                         {"addresses", at_path(item, {"addresses"})}});
  return found;
}

int run(Invocation& call) {
  const Json found = fetch(call);
  if (call.json()) {
    print_json(call.screen, found);
    return kExitOk;
  }
  std::vector<Row> rows;
  for (const Json& item : found)
    rows.push_back({{text_at(item, "forward")},
                    {text_at(item, "tenant") + "/" + text_at(item, "container")},
                    {plain(at_path(item, {"addresses"}))}});
  call.screen.out << format_table({{"FORWARD"}, {"CONTAINER"}, {"ADDRESSES"}}, rows, true,
                                  call.screen.colour);
  return kExitOk;
}

}  // namespace

Command net_forward_list_command() {
  return {
      .name = "net forward list",
      .aliases = {"ls"},
      .summary = "ports of the host that lead to containers",
      .operands = "[CONTAINER...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Prints which ports of the host lead to which container: the host's address and ports, the "
          "container's "
          "ports and the protocol, as they stand in net.forward, which `croft set` changes.",
      .options = {{"-A,--all-tenants", "", "Containers of all tenants"}, kTenant, kJson},
      .examples = {{"croft net forward list -A", "Everybody's"}},
      .run = run,
  };
}

}  // namespace croft::ctl
