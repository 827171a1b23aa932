#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/net_tables.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"

namespace croft::ctl {
namespace {

struct Fetched {
  Json pools;
  Json containers;
  bool wide = false;  // of several tenants
};

Fetched fetch(const Invocation& call) {
  Client client = call.client();
  const Selection selection(call.arguments.operands, call.arguments.has("all-tenants") ? "*" : call.tenant());
  Fetched fetched{fetch_list(client, std::string(kPoolKind.path), {}), Json::array(), selection.is_wide()};
  for (const Json& item : fetch_list(client, "/v1/net/containers", selection.query()))
    if (selection.takes(text_at(item, "tenant"), text_at(item, "name"), text_at(item, "uuid")))
      fetched.containers.push_back(item);
  return fetched;
}

Row container_row(const Json& item, bool wide) {
  const std::string name = text_at(item, "name");
  return {{wide ? text_at(item, "tenant") + "/" + name : name},
          {text_at(item, "state")},
          {text_at(item, "mode")},
          {plain(at_path(item, {"interface"}))},
          {plain(at_path(item, {"pool"}))},
          {plain(at_path(item, {"addresses"}))}};
}

std::string describe(const Fetched& fetched, bool colour) {
  std::vector<Row> pools;
  for (const Json& prefix : pool_rows(fetched.pools)) pools.push_back(pool_row(prefix));
  std::vector<Row> containers;
  for (const Json& item : fetched.containers) containers.push_back(container_row(item, fetched.wide));
  return format_table(pool_heads(), pools, true, colour) + "\n" +
         format_table({{"CONTAINER"}, {"STATE"}, {"MODE"}, {"LINK"}, {"POOL"}, {"ADDRESSES"}}, containers,
                      true, colour);
}

int run(Invocation& call) {
  const Fetched fetched = fetch(call);
  if (call.json())
    print_json(call.screen, {{"pools", fetched.pools}, {"containers", fetched.containers}});
  else
    call.screen.out << describe(fetched, call.screen.colour);
  return kExitOk;
}

}  // namespace

Command net_list_command() {
  return {
      .name = "net list",
      .aliases = {"ls"},
      .summary = "pools and addresses",
      .operands = "[CONTAINER...]",
      .most = kAnyNumber,
      .names = Names::kContainers,
      .description =
          "Prints the pools with what is leased of them, and of each container its interface on the host, "
          "the "
          "pool that its addresses come from, and the addresses.",
      .options = {{"-A,--all-tenants", "", "Containers of all tenants"}, kTenant, kJson},
      .examples = {{"croft net list", "Pools, and the tenant's containers"},
                   {"croft net list -A -j", "Everything, as JSON"}},
      .run = run,
  };
}

}  // namespace croft::ctl
