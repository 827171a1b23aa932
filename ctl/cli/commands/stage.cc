#include <ostream>

#include "ctl/cli/columns.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/select.h"
#include "ctl/cli/settings.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

std::string change_text(const Json& change) {
  const std::string key = text_at(change, "key");
  const auto side = [&](const char* name) {
    const std::string text = setting_text(key, at_path(change, {name}));
    return text.empty() ? "-" : text;
  };
  const bool later = change.value("needs_restart", false);
  return side("before") + " -> " + side("after") + (later ? "  (from the next start on)" : "");
}

int run_diff(Invocation& call) {
  Client client = call.client();
  Json all = Json::object();
  for (const Target& target : chosen_targets(client, call)) {
    const Json stage = client.call("GET", container_path(target, "stage"));
    all[target.shown] = stage;
    if (call.json()) continue;
    std::vector<Row> rows;
    for (const Json& change : stage.at("changes"))
      rows.push_back({{"  " + text_at(change, "key")}, {change_text(change)}});
    call.screen.out << visible(target.shown) << (rows.empty() ? ": nothing is staged\n" : ":\n")
                    << format_table({{""}, {""}}, rows, false, call.screen.colour);
  }
  if (call.json()) print_json(call.screen, all);
  return 0;
}

int run_apply(Invocation& call) {
  return on_containers(call, {.verb = "apply what is staged for", .done = "changed", .part = "stage/apply"});
}

int run_revert(Invocation& call) {
  return on_containers(
      call, {.verb = "revert what is staged for", .done = "reverted", .method = "DELETE", .part = "stage"});
}

}  // namespace

Command stage_diff_command() {
  return {
      .name = "stage diff",
      .summary = "what is staged",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .description = "Prints how the settings of containers would change if what is staged were applied.",
      .options = {kTenant, kJson},
      .examples = {{"croft stage diff web1", "What waits for web1"}},
      .run = run_diff,
  };
}

Command stage_apply_command() {
  return {
      .name = "stage apply",
      .summary = "make what is staged so",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Makes all changes that `croft set --stage` kept, together, or none of them when one cannot be "
          "made.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft stage apply web1", "Now"}, {"croft stage apply --dry-run web1", "Only say what"}},
      .run = run_apply,
  };
}

Command stage_revert_command() {
  return {
      .name = "stage revert",
      .summary = "forget what is staged",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description = "Forgets the changes that `croft set --stage` kept.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft stage revert 'web*'", "Of all whose names begin with web"}},
      .run = run_revert,
  };
}

}  // namespace croft::ctl
