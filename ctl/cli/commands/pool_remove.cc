#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return delete_named(call, kDiskPoolKind, "remove", "removed");
}

}  // namespace

Command pool_remove_command() {
  return {
      .name = "pool remove",
      .aliases = {"delete", "rm"},
      .summary = "unmount and delete",
      .operands = "POOL...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kDiskPools,
      .description =
          "Removes pools that hold no container: what Croft mounted and made for them, and nothing else. The "
          "pool default cannot be removed.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft pool remove fast", "One pool"}},
      .run = run,
  };
}

}  // namespace croft::ctl
