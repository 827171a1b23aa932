#include <atomic>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

bool is_whole(const Json& verified) {
  const Json damages = at_path(verified, {"damages"});
  for (const Json& damage : damages)
    if (!damage.value("repaired", false)) return false;
  return true;
}

std::string words_of(const Json& verified) {
  std::string words = is_whole(verified) ? "whole" : "damaged";
  words += ", " + plain(at_path(verified, {"files"})) + " files, " +
           limit_text(at_path(verified, {"bytes"}), human_size) + " read";
  const Json damages = at_path(verified, {"damages"});
  for (const Json& damage : damages) {
    words += "\n  " + text_at(damage, "path") + " " + text_at(damage, "what");
    words += damage.value("repaired", false) ? ": repaired from a second copy" : "";
    std::string names;
    const Json templates = at_path(damage, {"templates"});
    for (const Json& name : templates) names += (names.empty() ? "" : ", ") + name.get<std::string>();
    words += "; in " + names;
  }
  return words;
}

int run(Invocation& call) {
  std::vector<std::string> names{""};
  std::vector<std::string> shown{"store"};
  if (!call.arguments.operands.empty()) names = shown = named_operands(call, kTemplateKind);
  std::atomic<bool> whole = true;
  const int status =
      for_each(call, "verify", shown, [&](Client& client, std::size_t i, const OnProgress& progress) {
        std::map<std::string, std::string> query;
        if (!names[i].empty()) query["template"] = names[i];
        const std::string path = with_query("/v1/store/verify", changing_query(call, query));
        Json done = client.perform("POST", path, {}, progress);
        if (!is_whole(done)) whole = false;
        std::string words = call.dry_run() ? "" : words_of(done);
        return Outcome{std::move(words), std::move(done)};
      });
  return status == kExitOk && !whole ? exit_status_of(runtime::ErrorKind::kSystem) : status;
}

}  // namespace

Command template_verify_command() {
  return {
      .name = "template verify",
      .summary = "look for damaged files",
      .operands = "[TEMPLATE...]",
      .most = kAnyNumber,
      .names = Names::kTemplates,
      .description =
          "Reads every file of templates from the disk and compares it with what was imported. A file of "
          "which "
          "the store has a second copy is repaired, for all templates and containers that share it; of "
          "others "
          "path and templates are named, and the exit status is 1: import or build these templates again. "
          "With --dry-run nothing is repaired. Templates of a Croft that did not share files yet do so with "
          "later ones from then on.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft template verify", "All templates"},
                   {"croft template verify debian-12", "One of them"}},
      .run = run,
  };
}

}  // namespace croft::ctl
