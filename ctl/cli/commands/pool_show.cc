#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

std::string describe(const Json& shown, bool colour) {
  Json pool = shown;
  std::vector<Row> rows;
  const Json members = at_path(pool, {"members"});
  for (const Json& member : members)
    rows.push_back({{text_at(member, "container")},
                    {limit_text(at_path(member, {"used_bytes"}), human_size)},
                    {limit_text(at_path(member, {"limit_bytes"}), human_size)}});
  const Json limits = at_path(pool, {"limits"});
  for (const char* resource : {"disk", "inodes"})
    if (limits.is_object()) pool["limit of " + std::string(resource)] = limits[resource];
  pool.erase("members");
  pool.erase("limits");
  std::string text = describe_object(pool, colour);
  if (rows.empty()) return text;
  return text + "\n" + format_table({{"CONTAINER"}, {"USED", true}, {"LIMIT", true}}, rows, true, colour);
}

int run(Invocation& call) {
  return show_named(call, kDiskPoolKind, describe);
}

}  // namespace

Command pool_show_command() {
  return {
      .name = "pool show",
      .summary = "one, and who is in it",
      .operands = "POOL...",
      .least = 1,
      .most = kAnyNumber,
      .names = Names::kDiskPools,
      .description =
          "Prints what there is to know of a pool, what limits containers in it or why nothing does, and "
          "what "
          "each of them uses. Of btrfs the figures are those of its last commit, which comes every 30 "
          "seconds.",
      .options = {kJson},
      .examples = {{"croft pool show fast", "One pool"}},
      .run = run,
  };
}

}  // namespace croft::ctl
