#include <algorithm>

#include "ctl/cli/ask.h"
#include "ctl/cli/commands/commands.h"
#include "ctl/cli/each.h"
#include "ctl/cli/select.h"
#include "ctl/spec/units.h"

namespace croft::ctl {
namespace {

// What a pattern stands for may be more than was meant: it is asked for.
bool is_meant(const Invocation& call) {
  const std::vector<std::string>& operands = call.arguments.operands;
  const bool chosen =
      is_choosing(call.command, call.arguments) ||
      std::any_of(operands.begin(), operands.end(), [](const auto& name) { return is_glob(name); });
  if (!chosen || call.dry_run() || call.arguments.has("yes")) return true;
  Client client = call.client();
  std::string names;
  const std::vector<Target> targets = chosen_targets(client, call);
  constexpr std::size_t kNamed = 5;
  for (std::size_t i = 0; i < std::min(targets.size(), kNamed); ++i)
    names += (i == 0 ? "" : ", ") + targets[i].shown;
  if (targets.size() > kNamed) names += " and " + std::to_string(targets.size() - kNamed) + " more";
  const std::string what = call.arguments.has("keep") ? "put in the trash for " + call.arguments.value("keep")
                                                      : "destroyed with all files";
  return agreed(call, names + (targets.size() == 1 ? " is " : " are ") + what);
}

// Before anything is asked or done: a time that is none must not mean for good.
void check_keep(const Invocation& call) {
  if (!call.arguments.has("keep")) return;
  try {
    parse_seconds(call.arguments.value("keep"));
  } catch (runtime::Error& error) {
    throw error.wrap("--keep");
  }
}

int run(Invocation& call) {
  check_keep(call);
  if (!is_meant(call)) return 0;
  std::map<std::string, std::string> query;
  if (call.arguments.has("force")) query["force"] = "1";
  if (call.arguments.has("keep")) query["keep"] = call.arguments.value("keep");
  const char* const done = call.arguments.has("keep") ? "in the trash" : "destroyed";
  return on_containers(call, {.verb = "destroy", .done = done, .method = "DELETE", .query = query});
}

}  // namespace

Command destroy_command() {
  return {
      .name = "destroy",
      .aliases = {"delete", "rm"},
      .summary = "remove with all files",
      .operands = "CONTAINER...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kContainers,
      .chooses = true,
      .in_parallel = true,
      .description =
          "Removes containers with all their files; this cannot be undone, unless --keep has them lie in the "
          "trash for a while: with files and addresses, until `croft undelete` or until the time is over. A "
          "running container is refused "
          "unless --force says that it may be killed first, and one with protected=true in any case. What is "
          "chosen by a glob, a label or a state is told and asked for, on a terminal; elsewhere --yes has to "
          "be there.",
      .options = {{"-f,--force", "", "Kill running ones first"},
                  {"--keep", "TIME", "Put them in the trash; from then on they can be undeleted for TIME"},
                  kUnasked,
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft destroy web1", "Remove a stopped container"},
                   {"croft destroy --keep 7d web1", "Only in a week, unless it is undeleted"},
                   {"croft destroy -f -y 'test-*'", "Kill and remove all whose names begin with test-"}},
      .run = run,
  };
}

}  // namespace croft::ctl
