#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

Row row_of(const Json& item) {
  const std::string wrong = text_at(at_path(item, {"error"}), "detail");
  return {{text_at(item, "name")},
          {plain(at_path(item, {"containers"}))},
          {plain(at_path(item, {"includes"}))},
          {wrong.empty() ? "-" : wrong, wrong.empty() ? Colour::kNone : Colour::kBad}};
}

int run(Invocation& call) {
  return print_named(call, kPlanKind, {{"NAME"}, {"CONTAINERS", true}, {"INCLUDES"}, {"WRONG"}}, row_of);
}

}  // namespace

Command plan_list_command() {
  return {
      .name = "plan list",
      .aliases = {"ls"},
      .summary = "all of them",
      .description =
          "Prints the plans of this host, how many containers have each, which others each includes, and "
          "what "
          "is wrong with those that cannot be read.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft plan list", "A table"}},
      .run = run,
  };
}

}  // namespace croft::ctl
