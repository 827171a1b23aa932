#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return delete_named(call, kTemplateKind, "remove", "removed");
}

}  // namespace

Command template_remove_command() {
  return {
      .name = "template remove",
      .aliases = {"delete", "rm"},
      .summary = "remove one that no container uses",
      .operands = "TEMPLATE...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTemplates,
      .description =
          "Removes templates, and those of their layers that nothing else uses. A template that containers "
          "are made from is refused.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft template remove debian-12", "Remove one"},
                   {"croft template remove 'test-*'", "All whose names begin with test-"}},
      .run = run,
  };
}

}  // namespace croft::ctl
