#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/spec/tenant.h"
#include "ctl/spec/tree.h"

namespace croft::ctl {
namespace {

std::string word_text(const Json& resources, const std::string& resource, const char* word) {
  const Key* key = find_key(resource + "." + word);
  const Json* value = key == nullptr ? nullptr : tree::find(resources, key->stem);
  return value == nullptr ? "-" : key->to_text(*value);
}

// One row for each resource that tenants have.
std::string words_table(const Json& resources, bool colour) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < cgroups::kResourceCount; ++i) {
    const std::string name(to_text(static_cast<cgroups::Resource>(i)));
    if (tree::find(resources, name + ".limit") == nullptr) continue;
    rows.push_back({{name},
                    {word_text(resources, name, "guarantee")},
                    {word_text(resources, name, "limit")},
                    {word_text(resources, name, "share")}});
  }
  return format_table({{"RESOURCE"}, {"GUARANTEE", true}, {"LIMIT", true}, {"SHARE", true}}, rows, true,
                      colour);
}

int run(Invocation& call) {
  Client client = call.client();
  bool first = true;
  for (const std::string& name : named_operands(call, kTenantKind)) {
    Json tenant = client.call("GET", named_path(kTenantKind, name));
    if (call.json()) {
      print_json(call.screen, tenant);
      continue;
    }
    const Json resources = at_path(tenant, {"resources"});
    tenant.erase("resources");
    call.screen.out << (first ? "" : "\n") << describe_object(tenant, call.screen.colour)
                    << words_table(resources, call.screen.colour);
    first = false;
  }
  return kExitOk;
}

}  // namespace

Command tenant_show_command() {
  return {
      .name = "tenant show",
      .summary = "all about one",
      .operands = "TENANT...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTenants,
      .description = "Prints what is known of a tenant, and what all that is below it may use together.",
      .options = {kJson},
      .examples = {{"croft tenant show acme", "One tenant"}},
      .run = run,
  };
}

}  // namespace croft::ctl
