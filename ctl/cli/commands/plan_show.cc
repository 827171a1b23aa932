#include <ostream>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/plan_own.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

Row row_of(const Json& member) {
  return {{text_at(member, "container")},
          {text_at(member, "mode")},
          {at_path(member, {"current"}) == Json(true) ? "yes" : "no"},
          {own_text(at_path(member, {"own"}))}};
}

std::string describe(const Json& plan, bool colour) {
  std::string text = "Plan:      " + visible(text_at(plan, "name")) + "\n";
  text += "Includes:  " + visible(plain(at_path(plan, {"includes"}))) + "\n" + text_at(plan, "text");
  std::vector<Row> rows;
  for (const Json& member : at_path(plan, {"members"})) rows.push_back(row_of(member));
  if (rows.empty()) return text;
  return text + format_table({{"CONTAINER"}, {"MODE"}, {"CURRENT"}, {"OWN"}}, rows, true, colour);
}

int run(Invocation& call) {
  Client client = call.client();
  bool first = true;
  for (const std::string& name : named_operands(call, kPlanKind)) {
    const Json plan = client.call("GET", named_path(kPlanKind, name));
    if (call.json())
      print_json(call.screen, plan);
    else
      call.screen.out << (first ? "" : "\n") << describe(plan, call.screen.colour);
    first = false;
  }
  return kExitOk;
}

}  // namespace

Command plan_show_command() {
  return {
      .name = "plan show",
      .summary = "all about one",
      .operands = "PLAN...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kPlans,
      .description =
          "Prints what a plan says with all that it includes, and the containers that have it: whether they "
          "follow its changes, whether its present values were applied, and which settings are their own.",
      .options = {kJson},
      .examples = {{"croft plan show small", "One plan"}},
      .run = run,
  };
}

}  // namespace croft::ctl
