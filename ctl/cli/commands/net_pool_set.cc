#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Takes the setting out of the operands: the pools are left.
bool taken_nat(std::vector<std::string>& operands) {
  const std::string setting = operands.back();
  operands.pop_back();
  if (setting == "nat=yes") return true;
  if (setting == "nat=no") return false;
  throw Error(ErrorKind::kInvalid, "`" + setting + "` is no setting of a pool")
      .cure("give nat=yes or nat=no behind the pools");
}

int run(Invocation& call) {
  Json body{{"nat", taken_nat(call.arguments.operands)}};
  if (call.arguments.has("prefix")) body["prefix"] = call.arguments.value("prefix");
  const std::vector<std::string> names = named_operands(call, kPoolKind);
  const auto query = changing_query(call);
  return for_each(call, "change pool", names, [&](Client& client, std::size_t i, const OnProgress& progress) {
    const std::string path = with_query(named_path(kPoolKind, names[i]), query);
    return Outcome{"changed", client.perform("PATCH", path, body, progress)};
  });
}

}  // namespace

Command net_pool_set_command() {
  return {
      .name = "net pool set",
      .summary = "address translation, on or off",
      .operands = "POOL... nat=yes|no",
      .least = 2,
      .most = kAnyNumber,
      .names = Names::kPools,
      .description =
          "With nat=yes what containers send from the pool's addresses to elsewhere, neither to the host nor "
          "to its other containers, leaves with an address of the host: nobody needs a route to them. "
          "Connections that there are go on as they began.",
      .options = {{"--prefix", "PREFIX", "Only this one of its prefixes"}, kDryRun, kJson, kQuiet},
      .examples = {{"croft net pool set default nat=no", "Others have a route to its addresses"},
                   {"croft net pool set web nat=yes --prefix 10.20.0.0/16", "A part of it"}},
      .run = run,
  };
}

}  // namespace croft::ctl
