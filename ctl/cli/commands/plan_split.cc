#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invocation.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const Json answer = call.client().call("GET", with_query("/v1/host/split", {{"count", call.operand(0)}}));
  if (call.json())
    print_json(call.screen, answer);
  else
    call.screen.out << text_at(answer, "text");
  return kExitOk;
}

}  // namespace

Command plan_split_command() {
  return {
      .name = "plan split",
      .summary = "divide this host into equals",
      .operands = "COUNT",
      .least = 1,
      .most = 1,
      .description =
          "Prints the plan that divides this host, without what it keeps for itself, into COUNT equal "
          "containers: of processor time and disks each has its part for certain and may use what others "
          "leave; of memory each has its part for certain and not more; swap and tasks are bounded. So many "
          "containers always fit. The output is a plan's file.",
      .options = {kJson},
      .examples = {{"croft plan split 10", "What a tenth of this host is"},
                   {"croft plan split 10 > /etc/croft/plans.d/tenth.plan", "Make it a plan"}},
      .run = run,
  };
}

}  // namespace croft::ctl
