#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

Row row_of(const Json& item) {
  const Json percent = at_path(item, {"progress", "percent"});
  const bool known = percent.is_number() && percent.get<int>() >= 0;
  return {{text_at(item, "id")},
          {text_at(item, "verb")},
          {plain(at_path(item, {"object"}))},
          {text_at(item, "status")},
          {known ? plain(percent) + "%" : "-"},
          {short_time(text_at(item, "created"))}};
}

int run(Invocation& call) {
  return print_named(call, kOperationKind,
                     {{"ID"}, {"VERB"}, {"OBJECT"}, {"STATUS"}, {"DONE", true}, {"CREATED"}}, row_of);
}

}  // namespace

Command operation_list_command() {
  return {
      .name = "operation list",
      .aliases = {"ls"},
      .summary = "work that takes over a second",
      .description = "Prints the operations that run, and those that ended lately.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft operation list", "A table"}},
      .run = run,
  };
}

}  // namespace croft::ctl
