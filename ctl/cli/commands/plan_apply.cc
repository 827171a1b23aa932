#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/plan_own.h"
#include "ctl/cli/each.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"
#include "ctl/cli/reference.h"
#include "ctl/cli/reporter.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

Json body_of(Invocation& call) {
  Json body = Json::object();
  if (call.arguments.has("override")) body["override"] = true;
  const std::vector<std::string> operands(call.arguments.operands.begin() + 1, call.arguments.operands.end());
  if (call.arguments.has("followers") != operands.empty())
    throw runtime::Error(runtime::ErrorKind::kInvalid, "name containers, or say --followers: one of the two");
  if (operands.empty()) {
    body["followers"] = true;
    return body;
  }
  Client client = call.client();
  for (const Target& target : expand_targets(client, operands, call.tenant()))
    body["containers"].push_back(target.tenant + "/" + target.name);
  return body;
}

std::string changed_text(const Json& changed) {
  std::string keys;
  for (const Json& one : changed)
    if (text_at(one, "key") != "plan.name") keys += (keys.empty() ? "" : ", ") + text_at(one, "key");
  return keys.empty() ? "nothing to change" : "changed " + keys;
}

// One line for each container; the exit status of the first that failed.
int report(const Invocation& call, Reporter& reporter, const Json& items) {
  int status = kExitOk;
  for (const Json& item : items) {
    const std::string name = text_at(item, "container");
    const Json wrong = at_path(item, {"error"});
    if (wrong.is_object()) {
      const runtime::Error error = with_attempt(
          error_of_problem(wrong), "cannot apply plan `" + call.operand(0) + "` to `" + name + "`");
      if (!call.json()) reporter.error(error);
      if (status == kExitOk) status = exit_status_of(error.kind());
      continue;
    }
    if (call.json()) continue;
    std::string line = name;
    const Json own = at_path(item, {"own"});
    if (!call.quiet()) line += ": " + changed_text(at_path(item, {"changed"}));
    if (!call.quiet() && !own.empty()) line += "; stays " + own_text(own);
    reporter.text(visible(line) + "\n");
  }
  return status;
}

int run(Invocation& call) {
  const std::string& plan = call.operand(0);
  const Json body = body_of(call);
  const std::string path = with_query(named_path(kPlanKind, plan) + "/apply", changing_query(call));
  Client client = call.client();
  Reporter reporter(call.screen, call.quiet());
  try {
    const Json answer = client.perform("POST", path, body, reporter.progress_of(plan));
    if (call.json()) reporter.json(answer);
    if (!call.dry_run()) return report(call, reporter, at_path(answer, {"items"}));
    if (!call.json()) reporter.text(visible(plan) + ":\n" + format_changes(answer));
    return kExitOk;
  } catch (const runtime::Error& error) {
    throw with_attempt(error, "cannot apply plan `" + plan + "`");
  }
}

}  // namespace

Command plan_apply_command() {
  return {
      .name = "plan apply",
      .summary = "give containers its values",
      .operands = "PLAN [CONTAINER...]",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kPlans,
      .description =
          "Gives containers the present values of a plan, at once where they run, and notes in their "
          "plan.name "
          "that it is theirs. A setting that was changed after a plan had been applied stays as it is and is "
          "told. A container with whose other settings the values do not agree is left as it was.",
      .options = {{"--followers", "", "All containers that have the plan and follow it (plan.mode)"},
                  {"--override", "", "Take over settings too that were changed since a plan was applied"},
                  kTenant,
                  kDryRun,
                  kJson,
                  kQuiet},
      .examples = {{"croft plan apply small web1 'db*'", "These have the plan from now on"},
                   {"croft plan apply --followers small", "After its file was changed"},
                   {"croft plan apply --dry-run --followers small", "What that would do"}},
      .run = run,
  };
}

}  // namespace croft::ctl
