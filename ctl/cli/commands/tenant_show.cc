#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return show_named(call, kTenantKind);
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
      .description = "Prints what is known of a tenant.",
      .options = {kJson},
      .examples = {{"croft tenant show acme", "One tenant"}},
      .run = run,
  };
}

}  // namespace croft::ctl
