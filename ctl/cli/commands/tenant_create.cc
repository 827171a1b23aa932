#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/tenant_operands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::vector<std::string> names = names_of(call);
  Json body{{"labels", labels_of(call)}};
  if (const auto settings = resource_settings_of(call); !settings.empty()) body["set"] = settings;
  if (call.arguments.has("parent")) body["parent"] = call.arguments.value("parent");
  const std::string path = with_query(kTenantKind.path, changing_query(call));
  return for_each(call, "create tenant", names,
                  [&](Client& client, std::size_t i, const OnProgress& progress) {
                    Json mine = body;
                    mine["name"] = names[i];
                    return Outcome{"created", client.perform("POST", path, mine, progress)};
                  });
}

}  // namespace

Command tenant_create_command() {
  return {
      .name = "tenant create",
      .summary = "add tenants",
      .operands = "TENANT... [KEY=VALUE...]",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTenants,
      .description =
          "Adds tenants. Names of containers are unique within a tenant, not between them. A tenant may be "
          "below another one, for good; its name is there once on the host all the same. KEY is guarantee, "
          "limit or share of cpu, memory, swap, memswap, io, iops or tasks, as in croft-spec(5), for all "
          "that "
          "is below the tenant together; any other KEY is a label, as is label.KEY.",
      .options = {{"--parent", "TENANT", "The tenant that it is below"}, kDryRun, kJson, kQuiet},
      .examples = {{"croft tenant create acme contact=ops@acme.example", "One tenant, with a label"},
                   {"croft tenant create dev --parent acme memory.guarantee=4G memory.limit=16G",
                    "Below it, with memory of its own"}},
      .run = run,
  };
}

}  // namespace croft::ctl
