#include <algorithm>
#include <ostream>
#include <sstream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/invocation.h"
#include "ctl/cli/text.h"
#include "ctl/spec/units.h"

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

// What so many containers need, those first that there is not enough of.
int run_for(const Invocation& call) {
  const std::uint64_t count = parse_count(call.arguments.value("for"));
  Json items = call.client()
                   .call("GET", with_query("/v1/host/capacity", {{"count", std::to_string(count)}}))
                   .at("items");
  std::stable_partition(items.begin(), items.end(),
                        [](const Json& one) { return !one.at("enough").get<bool>(); });
  if (call.json()) {
    print_json(call.screen, items);
  } else {
    std::vector<Row> rows;
    for (const Json& one : items) {
      const bool enough = one.at("enough").get<bool>();
      const std::string cure = text_at(one, "cure");
      rows.push_back({{text_at(one, "what"), enough ? Colour::kNone : Colour::kBad},
                      {plain(one.at("now"))},
                      {plain(one.at("needed"))},
                      {text_at(one, "why") + (cure.empty() ? "" : ": " + cure)}});
    }
    call.screen.out << format_table({{"WHAT"}, {"NOW", true}, {"NEEDED", true}, {"WHY"}}, rows, true,
                                    call.screen.colour);
  }
  const bool enough =
      std::all_of(items.begin(), items.end(), [](const Json& one) { return one.at("enough").get<bool>(); });
  return enough ? kExitOk : exit_status_of(runtime::ErrorKind::kExhausted);
}

int run(Invocation& call) {
  if (call.arguments.has("for")) return run_for(call);
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
          "keeps a container from starting. With --for it prints what so many containers with a Debian "
          "system each need of bounds that all share: sysctls, open files, id ranges, addresses. The exit "
          "status is 9 when there is not enough of something.",
      .options = {{"--for", "N", "What N containers need of this host"}, kJson},
      .examples = {{"croft host check", "Before the first container"},
                   {"croft host check --for 2000", "Before many"}},
      .run = run,
  };
}

}  // namespace croft::ctl
