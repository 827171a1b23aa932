#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

Row row_of(const Json& item) {
  return {{text_at(item, "name")},
          {plain(at_path(item, {"containers"}))},
          {short_time(text_at(item, "created"))},
          {plain(at_path(item, {"labels"}))}};
}

int run(Invocation& call) {
  return print_named(call, kTenantKind, {{"NAME"}, {"CONTAINERS", true}, {"CREATED"}, {"LABELS"}}, row_of);
}

}  // namespace

Command tenant_list_command() {
  return {
      .name = "tenant list",
      .aliases = {"ls"},
      .summary = "all of them",
      .description = "Prints the tenants and how many containers each has.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft tenant list", "A table"}},
      .run = run,
  };
}

}  // namespace croft::ctl
