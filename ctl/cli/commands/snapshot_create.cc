#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/snapshot.h"
#include "ctl/cli/each.h"
#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

std::string words_of(const Json& made) {
  const Json pause = at_path(made, {"pause_us"});
  const std::string words = "snapshot " + text_at(made, "name");
  return pause.is_null() ? words : words + ", paused for " + pause_text(pause);
}

int run(Invocation& call) {
  const std::string& container = call.operand(0);
  Json body = Json::object();
  if (call.arguments.operands.size() > 1) body["name"] = call.operand(1);
  const std::string path =
      container_path(parse_target(container, call.tenant()), "snapshots", changing_query(call));
  return do_one(call, "make a snapshot of", container,
                [&](Client& client, std::size_t, const OnProgress& progress) {
                  Json made = client.perform("POST", path, body, progress);
                  std::string words = call.dry_run() ? "" : words_of(made);
                  return Outcome{std::move(words), std::move(made)};
                });
}

}  // namespace

Command snapshot_create_command() {
  return {
      .name = "snapshot create",
      .summary = "keep it as it is now",
      .operands = "CONTAINER [SNAPSHOT]",
      .least = 1,
      .most = 2,
      .names = Names::kContainers,
      .description =
          "Keeps what a container wrote as it is now, in its pool, until it is removed or the container is "
          "destroyed. One that runs is frozen for that moment, and how long is told. On btrfs it takes the "
          "same time however large the container is; on xfs blocks are shared and only names are copied; "
          "elsewhere everything is copied. It does not count against disk.limit. Without a name it is called "
          "after the time.",
      .options = {kTenant, kDryRun, kJson, kQuiet},
      .examples = {{"croft snapshot create web1 before-upgrade", "With a name"},
                   {"croft snapshot create web1", "Called after the time"}},
      .run = run,
  };
}

}  // namespace croft::ctl
