#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/net_tables.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  return print_named(call, kPoolKind, pool_heads(), pool_row, pool_rows);
}

}  // namespace

Command net_pool_list_command() {
  return {
      .name = "net pool list",
      .aliases = {"ls"},
      .summary = "pools and their prefixes",
      .description =
          "Prints the prefixes of each pool, how many addresses each can give out, and how many are leased. "
          "NAT "
          "says whether what is sent from it to elsewhere leaves with an address of the host; FROM says "
          "whether it is the daemon's own, by its options, or was added.",
      .options = {{"-H,--no-header", "", "Leave the head line out"}, kJson, kQuiet},
      .examples = {{"croft net pool list", "A table"}},
      .run = run,
  };
}

}  // namespace croft::ctl
