#include <atomic>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"
#include "ctl/cli/exit_status.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

bool is_well(const Json& checked) {
  const Json findings = at_path(checked, {"findings"});
  for (const Json& finding : findings)
    if (!finding.value("mended", false)) return false;
  return true;
}

std::string words_of(const Json& checked) {
  std::string words = is_well(checked) ? "as it is to be" : "not as it is to be";
  const Json findings = at_path(checked, {"findings"});
  for (const Json& finding : findings) {
    words += "\n  " + text_at(finding, "what");
    if (const std::string cure = text_at(finding, "cure"); !cure.empty()) words += "; " + cure;
    if (finding.value("mended", false)) words += "; mended";
  }
  return words;
}

int run(Invocation& call) {
  const std::vector<std::string> names = named_operands(call, kDiskPoolKind);
  std::atomic<bool> well = true;
  const int status =
      for_each(call, "check pool", names, [&](Client& client, std::size_t i, const OnProgress& progress) {
        const std::string path =
            with_query(named_path(kDiskPoolKind, names[i]) + "/check", changing_query(call));
        Json done = client.perform("POST", path, {}, progress);
        if (!is_well(done)) well = false;
        std::string words = call.dry_run() ? "" : words_of(done);
        return Outcome{std::move(words), std::move(done)};
      });
  return status == kExitOk && !well ? exit_status_of(runtime::ErrorKind::kSystem) : status;
}

}  // namespace

Command pool_check_command() {
  return {
      .name = "pool check",
      .summary = "is it as it should be",
      .operands = "POOL...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kDiskPools,
      .description =
          "Looks whether pools are there, and takes into use again what was away; whether they limit what "
          "their kind can limit; whether a sparse file still finds room; and whether each container's files "
          "are "
          "there, whose limits are put in force again. What was not mended is named, and the exit status is "
          "1. File systems themselves are checked when they are mounted, at the daemon's start.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft pool check '*'", "All pools"}},
      .run = run,
  };
}

}  // namespace croft::ctl
