#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::vector<std::string> names = named_operands(call, kPoolKind);
  std::map<std::string, std::string> query;
  if (call.arguments.has("prefix")) query["prefix"] = call.arguments.value("prefix");
  query = changing_query(call, query);
  return for_each(call, "remove pool", names, [&](Client& client, std::size_t i, const OnProgress& progress) {
    const std::string path = with_query(named_path(kPoolKind, names[i]), query);
    return Outcome{"removed", client.perform("DELETE", path, std::nullopt, progress)};
  });
}

}  // namespace

Command net_pool_remove_command() {
  return {
      .name = "net pool remove",
      .aliases = {"delete", "rm"},
      .summary = "take prefixes away",
      .operands = "POOL...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kPools,
      .description =
          "Removes pools, or one prefix of them. What a container has a lease of is refused, and so is what "
          "the "
          "daemon's options name; of the pool default only what was added goes.",
      .options = {{"--prefix", "PREFIX", "Only this one of its prefixes"}, kDryRun, kJson, kQuiet},
      .examples = {{"croft net pool remove public", "A whole pool"},
                   {"croft net pool remove public --prefix 203.0.113.0/24", "A part of it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
