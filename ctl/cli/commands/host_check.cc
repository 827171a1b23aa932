#include <algorithm>
#include <ostream>
#include <sstream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invocation.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

constexpr std::size_t kLeastWidth = 30;  // of the reasons, however narrow the terminal

Colour colour_of(const std::string& kept_by) {
  if (kept_by == "absent") return Colour::kBad;
  return kept_by == "best-effort" ? Colour::kStill : Colour::kGood;
}

std::string reason_of(const Json& check) {
  const std::string cure = text_at(check, "cure");
  return text_at(check, "reason") + (cure.empty() ? "" : ". To have it: " + cure);
}

std::string what_of(const Json& check) {
  return text_at(check, "resource") + " " + text_at(check, "word");
}

// One row for each check; on a terminal further rows hold what its reason is too long for.
std::vector<Row> rows_of(const Json& checks, const Screen& screen) {
  std::size_t what = 0;
  for (const Json& check : checks) what = std::max(what, display_width(what_of(check)));
  const std::size_t before = what + 2 + std::string_view("best-effort").size() + 2;
  const std::size_t width = screen.width > before + kLeastWidth ? screen.width - before : kLeastWidth;
  std::vector<Row> rows;
  for (const Json& check : checks) {
    const std::string kept_by = text_at(check, "kept_by");
    const std::string reason = reason_of(check);
    std::istringstream lines(screen.out_terminal ? wrap_text(reason, width, 0) : reason);
    std::string line;
    std::getline(lines, line);
    rows.push_back({{what_of(check)}, {kept_by, colour_of(kept_by)}, {line}});
    while (std::getline(lines, line)) rows.push_back({{""}, {""}, {line}});
  }
  return rows;
}

int run(Invocation& call) {
  const Json answer = call.client().call("GET", "/v1/host/check");
  if (call.json()) {
    print_json(call.screen, at_path(answer, {"items"}));
  } else {
    call.screen.out << format_table({{"WHAT"}, {"KEPT BY"}, {"HOW, OR WHY NOT"}},
                                    rows_of(at_path(answer, {"items"}), call.screen), true,
                                    call.screen.colour);
  }
  return kExitOk;
}

}  // namespace

Command host_check_command() {
  return {
      .name = "host check",
      .summary = "what works here and what does not",
      .description =
          "Prints for each promise about a resource who keeps it on this host: the kernel, Croft's governor, "
          "best effort, or nobody (absent), with the reason and what would have to change. Nothing listed "
          "here "
          "keeps a container from starting.",
      .options = {kJson},
      .examples = {{"croft host check", "Before the first container"}},
      .run = run,
  };
}

}  // namespace croft::ctl
