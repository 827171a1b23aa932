#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/net_tables.h"
#include "ctl/cli/each.h"

namespace croft::ctl {
namespace {

int run(Invocation& call) {
  const std::vector<std::string>& operands = call.arguments.operands;
  const std::vector<std::string> prefixes(operands.begin() + 1, operands.end());
  const Json number = class_operand(operands.front());
  const std::string path = with_query(kClassKind.path, changing_query(call));
  return for_each(call, "add", prefixes, [&](Client& client, std::size_t i, const OnProgress& progress) {
    const Json body{{"class", number}, {"prefix", prefixes[i]}};
    return Outcome{"added", client.perform("POST", path, body, progress)};
  });
}

}  // namespace

Command net_class_add_command() {
  return {
      .name = "net class add",
      .summary = "count prefixes apart",
      .operands = "CLASS PREFIX...",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kClasses,
      .description =
          "Adds IPv4 and IPv6 prefixes to a traffic class, 0 to 15. Every packet of a container is counted "
          "in "
          "one class: that of the longest prefix which holds the address at the other end, the source of "
          "what "
          "comes in and the destination of what goes out. What no prefix holds, and what is not IP, is of "
          "class 0; a prefix of class 0 is an exception from a wider one. It holds for packets that follow.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft net class add 1 10.0.0.0/8 fd00::/8", "Traffic of the house"}},
      .run = run,
  };
}

}  // namespace croft::ctl
