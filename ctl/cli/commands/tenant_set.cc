#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/tenant_operands.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::vector<std::string> names = names_of(call);
  const Json labels = labels_of(call);
  const auto settings = resource_settings_of(call);
  if (labels.empty() && settings.empty()) {
    throw runtime::Error(runtime::ErrorKind::kInvalid, "a setting or a label is needed")
        .cure("as in `croft tenant set acme memory.limit=16G contact=ops`");
  }
  Json body = Json::object();
  if (!labels.empty()) body["labels"] = labels;
  if (!settings.empty()) body["set"] = settings;
  const auto query = changing_query(call);
  return for_each(call, "change tenant", names,
                  [&](Client& client, std::size_t i, const OnProgress& progress) {
                    const std::string path = with_query(named_path(kTenantKind, names[i]), query);
                    return Outcome{"changed", client.perform("PATCH", path, body, progress)};
                  });
}

}  // namespace

Command tenant_set_command() {
  return {
      .name = "tenant set",
      .summary = "change words and labels",
      .operands = "TENANT... KEY=VALUE...",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kTenants,
      .description =
          "Sets what all that is below a tenant may use together, guarantee, limit and share of cpu, memory, "
          "swap, memswap, io, iops and tasks as in croft-spec(5), and labels, which are all other keys and "
          "label.KEY. KEY= unsets one. Barrier, burst and thresholds are for containers.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft tenant set acme memory.guarantee=4G memory.limit=16G cpu.share=200",
                    "What it may use"},
                   {"croft tenant set acme contact=ops@acme.example", "Set a label"},
                   {"croft tenant set acme contact=", "Remove it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
