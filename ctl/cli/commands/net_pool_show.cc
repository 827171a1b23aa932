#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/commands/net_tables.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

std::string describe(const Json& pool, bool colour) {
  std::vector<Row> prefixes;
  for (const Json& prefix : pool_rows(Json::array({pool}))) prefixes.push_back(pool_row(prefix));
  std::string text = format_table(pool_heads(), prefixes, true, colour);
  std::vector<Row> leases;
  for (const Json& lease : at_path(pool, {"leases"}))
    leases.push_back({{text_at(lease, "address")}, {text_at(lease, "container")}});
  if (leases.empty()) return text;
  return text + "\n" + format_table({{"ADDRESS"}, {"CONTAINER"}}, leases, true, colour);
}

int run(Invocation& call) {
  return show_named(call, kPoolKind, describe);
}

}  // namespace

Command net_pool_show_command() {
  return {
      .name = "net pool show",
      .summary = "one, and who has what",
      .operands = "POOL...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kPools,
      .description = "Prints the prefixes of a pool, and which container has which of its addresses.",
      .options = {kJson},
      .examples = {{"croft net pool show public", "One pool"}},
      .run = run,
  };
}

}  // namespace croft::ctl
