#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return delete_named(call, kTenantKind, "remove", "removed");
}

}  // namespace

Command tenant_remove_command() {
  return {
      .name = "tenant remove",
      .aliases = {"delete", "rm"},
      .summary = "remove empty ones",
      .operands = "TENANT...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTenants,
      .description = "Removes tenants. A tenant that has containers, or tenants below it, is refused.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft tenant remove acme", "Remove one"}},
      .run = run,
  };
}

}  // namespace croft::ctl
