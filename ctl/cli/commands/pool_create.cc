#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/named.h"
#include "ctl/cli/each.h"
#include "ctl/cli/settings.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json body_of(const std::vector<std::string>& operands) {
  Json body{{"name", operands.front()}};
  for (const auto& [key, value] : parse_assignments({operands.begin() + 1, operands.end()})) {
    if (key != "kind" && key != "size" && key != "path")
      throw Error(ErrorKind::kInvalid, "`" + key + "` is no setting of a pool")
          .cure("give kind=KIND, size=SIZE and path=DIRECTORY");
    body[key] = value;
  }
  if (!body.contains("kind"))
    throw Error(ErrorKind::kInvalid, "of which kind is the pool?").cure("give kind=dir, xfs, ext4 or btrfs");
  return body;
}

int run(Invocation& call) {
  const Json body = body_of(call.arguments.operands);
  const std::string path = with_query(kDiskPoolKind.path, changing_query(call));
  return do_one(call, "create pool", call.arguments.operands.front(),
                [&](Client& client, std::size_t, const OnProgress& progress) {
                  return Outcome{"created", client.perform("POST", path, body, progress)};
                });
}

}  // namespace

Command pool_create_command() {
  return {
      .name = "pool create",
      .summary = "a place for containers",
      .operands = "POOL kind=KIND [size=SIZE] [path=DIRECTORY]",
      .least = 2,
      .most = 4,
      .description =
          "Makes a pool: a place for what containers write, which they are put in by the setting pool when "
          "they "
          "are created. KIND is xfs or ext4, where disk.limit and inodes.limit are kept by quotas of "
          "projects, btrfs, where each container has a subvolume and disk.limit is kept by its quota group, "
          "or "
          "dir, any other place, where nothing is limited. With size= the pool gets a file system of its own "
          "in a sparse file, mounted by the daemon from then on; without it the directory must lie on a file "
          "system of that kind, xfs and ext4 mounted with prjquota, btrfs with quotas enabled. Croft makes "
          "croft-POOL in DIRECTORY; without path= the pool lies in the daemon's data directory.",
      .options = {kDryRun, kJson, kQuiet},
      .examples = {{"croft pool create fast kind=xfs size=200G path=/srv/nvme", "A file system of its own"},
                   {"croft pool create big kind=btrfs path=/srv/raid", "On one that is there"},
                   {"croft pool create rest kind=dir path=/srv/old", "Anywhere, without limits"}},
      .run = run,
  };
}

}  // namespace croft::ctl
