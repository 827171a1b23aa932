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

// A row for each of its interfaces.
void add_rows(const Json& item, bool wide, std::vector<Row>& rows) {
  const std::string name = text_at(item, "name");
  const auto add = [&](const std::string& inside, const Json& one) {
    rows.push_back({{wide ? text_at(item, "tenant") + "/" + name : name},
                    {text_at(item, "state")},
                    {inside},
                    {text_at(one, "mode")},
                    {plain(at_path(one, {"interface"}))},
                    {plain(at_path(one, {"pool"}))},
                    {plain(at_path(one, {"addresses"}))}});
  };
  add("eth0", item);
  for (const Json& other : at_path(item, {"further"})) add(text_at(other, "name"), other);
}

std::string describe(const Fetched& fetched, bool colour) {
  std::vector<Row> pools;
  for (const Json& prefix : pool_rows(fetched.pools)) pools.push_back(pool_row(prefix));
  std::vector<Row> containers;
  for (const Json& item : fetched.containers) add_rows(item, fetched.wide, containers);
  return format_table(pool_heads(), pools, true, colour) + "\n" +
         format_table({{"CONTAINER"}, {"STATE"}, {"INSIDE"}, {"MODE"}, {"LINK"}, {"POOL"}, {"ADDRESSES"}},
                      containers, true, colour);
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
