#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invocation.h"

namespace croft::ctl {
namespace {

Colour status_colour(const std::string& status) {
  if (status == "ok") return Colour::kGood;
  return status == "missing" ? Colour::kBad : Colour::kStill;
}

Row row_of(const Json& check) {
  const std::string status = text_at(check, "status");
  std::string detail = text_at(check, "detail");
  const std::string cure = text_at(check, "cure");
  if (!cure.empty()) detail += (detail.empty() ? "" : "; ") + cure;
  return {{text_at(check, "name")}, {status, status_colour(status)}, {detail}};
}

int run(Invocation& call) {
  const Json answer = call.client().call("GET", "/v1/host/check");
  std::vector<Row> rows;
  bool missing = false;
  for (const Json& check : at_path(answer, {"checks"})) {
    rows.push_back(row_of(check));
    missing = missing || text_at(check, "status") == "missing";
  }
  if (call.json()) {
    print_json(call.screen, answer);
  } else {
    call.screen.out << format_table({{"WHAT"}, {"STATUS"}, {"WHY"}}, rows, true, call.screen.colour);
  }
  return missing ? exit_status_of(runtime::ErrorKind::kUnsupported) : kExitOk;
}

}  // namespace

Command host_check_command() {
  return {
      .name = "host check",
      .summary = "what works here and what does not",
      .description =
          "Prints what this kernel and host offer of what Croft uses: ok; limited, with what is not enforced "
          "and "
          "why; or missing, with the cure. The exit status is 8 when something is missing without which no "
          "container can run.",
      .options = {kJson},
      .examples = {{"croft host check", "Before the first container"}},
      .run = run,
  };
}

}  // namespace croft::ctl
