#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return show_named(call, kTemplateKind);
}

}  // namespace

Command template_show_command() {
  return {
      .name = "template show",
      .summary = "all about one",
      .operands = "TEMPLATE...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kTemplates,
      .description = "Prints what a template is made of.",
      .options = {kJson},
      .examples = {{"croft template show debian-12", "One template"}},
      .run = run,
  };
}

}  // namespace croft::ctl
