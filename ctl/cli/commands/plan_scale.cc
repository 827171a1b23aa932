#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::string path = named_path(kPlanKind, call.operand(0)) + "/scale";
  const Json answer = call.client().call("GET", with_query(path, {{"factor", call.operand(1)}}));
  if (call.json())
    print_json(call.screen, answer);
  else
    call.screen.out << text_at(answer, "text");
  return kExitOk;
}

}  // namespace

Command plan_scale_command() {
  return {
      .name = "plan scale",
      .summary = "a larger or smaller one",
      .operands = "PLAN FACTOR",
      .least = 2,
      .most = 2,
      .names = Names::kPlans,
      .description =
          "Prints a plan with guarantees, barriers, limits, shares, thresholds and bursts multiplied by "
          "FACTOR, "
          "0.001 to 1000. Rounded down to whole units, huge pages to whole pages, never below the least "
          "value "
          "of a key. A burst of memory is a time and stays. The output is a plan's file.",
      .options = {kJson},
      .examples = {{"croft plan scale small 2 > /etc/croft/plans.d/double.plan", "Twice of everything"},
                   {"croft plan scale small 0.5", "Half of it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
