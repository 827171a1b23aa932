#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/tenant_labels.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::vector<std::string> names = names_of(call);
  const Json labels = labels_of(call);
  if (labels.empty()) {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "a label is needed")
        .cure("as in `croft tenant set acme plan=small`");
  }
  const auto query = changing_query(call);
  return for_each(
      call, "change tenant", names, [&](Client& client, std::size_t i, const OnProgress& progress) {
        const std::string path = with_query(named_path(kTenantKind, names[i]), query);
        return Outcome{"changed", client.perform("PATCH", path, Json{{"labels", labels}}, progress)};
      });
}

}  // namespace

Command tenant_set_command() {
  return {
      .name = "tenant set",
      .summary = "change labels",
      .operands = "TENANT... LABEL=VALUE...",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kTenants,
      .description = "Sets labels of tenants; LABEL= removes one.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft tenant set acme contact=ops@acme.example", "Set one"},
                   {"croft tenant set acme contact=", "Remove it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
