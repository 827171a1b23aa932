#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/text.h"
#include "ctl/spec/amounts.h"

namespace croft::ctl {
namespace {

std::string amount(const Json& item, const char* name, const char* none) {
  const auto resource = cgroups::resource_of(text_at(item, "resource"));
  const Json value = at_path(item, {name});
  if (!resource || !value.is_number_unsigned()) return none;
  return amounts::format(*resource, value.get<std::uint64_t>());
}

Row row_of(const Json& item) {
  return {{text_at(item, "resource")},
          {amount(item, "guarantee", "-")},
          {amount(item, "barrier", "-")},
          {amount(item, "limit", "unlimited")},
          {amount(item, "host", "unknown")},
          {plain(at_path(item, {"fit"}))},
          {plain(at_path(item, {"fit_at_limit"}))}};
}

std::string describe(const Json& check, bool colour) {
  std::vector<Row> rows;
  for (const Json& item : at_path(check, {"resources"})) rows.push_back(row_of(item));
  std::string text = format_table({{"RESOURCE"},
                                   {"GUARANTEE", true},
                                   {"BARRIER", true},
                                   {"LIMIT", true},
                                   {"HOST", true},
                                   {"FIT", true},
                                   {"FIT AT LIMIT", true}},
                                  rows, true, colour);
  for (const Json& finding : at_path(check, {"findings"}))
    text += visible(text_at(finding, "weight") + ": " + text_at(finding, "key") + " " +
                    text_at(finding, "says")) +
            "\n";
  return text;
}

int run(Invocation& call) {
  Client client = call.client();
  bool good = true;
  for (const std::string& name : named_operands(call, kPlanKind)) {
    const Json check = client.call("GET", named_path(kPlanKind, name) + "/check");
    if (call.json())
      print_json(call.screen, check);
    else
      call.screen.out << visible(name) << ":\n" << describe(check, call.screen.colour);
    good = good && at_path(check, {"good"}) == Json(true);
  }
  return good ? kExitOk : exit_status_of(runtime::ErrorKind::kExhausted);
}

}  // namespace

Command plan_check_command() {
  return {
      .name = "plan check",
      .summary = "what it means on this host",
      .operands = "PLAN...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kPlans,
      .description =
          "Prints what a plan gives of each resource and what this host has, how many such containers fit by "
          "their guarantees (FIT), and how many may all be at their limits (FIT AT LIMIT); and what in the "
          "plan "
          "contradicts itself or the host. An error, with an exit status of its own, is that no container "
          "with "
          "this plan can start here.",
      .options = {kJson},
      .examples = {{"croft plan check small", "Before it is sold"}},
      .run = run,
  };
}

}  // namespace croft::ctl
