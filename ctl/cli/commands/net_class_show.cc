#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return show_named(call, kClassKind);
}

}  // namespace

Command net_class_show_command() {
  return {
      .name = "net class show",
      .summary = "the prefixes of one",
      .operands = "CLASS...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kClasses,
      .description = "Prints the prefixes of a traffic class.",
      .options = {kJson},
      .examples = {{"croft net class show 1", "One class"}},
      .run = run,
  };
}

}  // namespace croft::ctl
