#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/tenant_labels.h"
#include "ctl/cli/each.h"
#include "ctl/cli/settings.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::vector<std::string> names = names_of(call);
  const Json labels = labels_of(call);
  const std::string path = with_query(kTenantKind.path, changing_query(call));
  return for_each(
      call, "create tenant", names, [&](Client& client, std::size_t i, const OnProgress& progress) {
        return Outcome{"created",
                       client.perform("POST", path, Json{{"name", names[i]}, {"labels", labels}}, progress)};
      });
}

}  // namespace

Json labels_of(const Invocation& call) {
  Json labels = Json::object();
  for (const std::string& operand : call.arguments.operands) {
    const std::size_t equals = operand.find('=');
    if (equals == std::string::npos) continue;
    std::string key = operand.substr(0, equals);
    const std::string value = operand.substr(equals + 1);
    if (key.starts_with("label.")) key.erase(0, 6);
    labels[key] = value.empty() ? Json() : Json(value);
  }
  return labels;
}

std::vector<std::string> names_of(const Invocation& call) {
  std::vector<std::string> names;
  for (const std::string& operand : call.arguments.operands)
    if (!is_assignment(operand)) names.push_back(operand);
  if (names.empty()) throw runtime::Error(runtime::ErrorKind::kInvalid, "the name of a tenant is needed");
  return names;
}

Command tenant_create_command() {
  return {
      .name = "tenant create",
      .summary = "add tenants",
      .operands = "TENANT... [LABEL=VALUE...]",
      .least = 1,
      .most = kAnyNumber,
      .description = "Adds tenants. Names of containers are unique within a tenant, not between them.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft tenant create acme", "One tenant"},
                   {"croft tenant create acme contact=ops@acme.example", "With a label"}},
      .run = run,
  };
}

}  // namespace croft::ctl
