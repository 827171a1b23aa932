#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::vector<std::string> names = named_operands(call, kClassKind);
  std::map<std::string, std::string> query;
  if (call.arguments.has("prefix")) query["prefix"] = call.arguments.value("prefix");
  query = changing_query(call, query);
  return for_each(call, "remove class", names,
                  [&](Client& client, std::size_t i, const OnProgress& progress) {
                    const std::string path = with_query(named_path(kClassKind, names[i]), query);
                    return Outcome{"removed", client.perform("DELETE", path, std::nullopt, progress)};
                  });
}

}  // namespace

Command net_class_remove_command() {
  return {
      .name = "net class remove",
      .aliases = {"delete", "rm"},
      .summary = "take prefixes away",
      .operands = "CLASS...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kClasses,
      .description =
          "Takes all prefixes of traffic classes away, or one of them. What was counted in a class stays "
          "counted there; packets that follow are of the class of the next wider prefix, or of class 0.",
      .options = {{"--prefix", "PREFIX", "Only this one of its prefixes"}, kDryRun, kJson, kQuiet},
      .examples = {{"croft net class remove 1", "All of a class"},
                   {"croft net class remove 1 --prefix fd00::/8", "A part of it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
