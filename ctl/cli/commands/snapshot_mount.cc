#include <fcntl.h>
#include <sys/mount.h>

#include "ctl/cli/commands/commands.h"
#include "ctl/cli/commands/followed.h"
#include "ctl/cli/commands/snapshot.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

int run(Invocation& call) {
  const Target target = parse_target(call.operand(0), call.tenant());
  const std::string& directory = call.operand(2);
  Reporter reporter(call.screen, call.quiet());
  try {
    const runtime::Fd place = runtime::open_file(directory, O_PATH | O_DIRECTORY);
    Client client = call.client();
    LineChannel channel(
        client.upgrade(container_path(target, snapshot_part(call.operand(1), "mount")), Json::object()));
    Json done = follow_work(channel, reporter, target.shown, "the mount");
    const runtime::Fd mount = channel.take_descriptor();
    if (!mount) throw Error(ErrorKind::kSystem, "the daemon sent no mount");
    if (move_mount(mount.get(), "", place.get(), "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
      runtime::fail_errno("cannot put it at `" + directory + "`");
    done["directory"] = directory;
    if (call.json())
      reporter.json(done);
    else if (!call.quiet())
      reporter.text(target.shown + ": mounted at " + directory + "; `umount " + directory + "` ends it\n");
    return 0;
  } catch (const Error& error) {
    throw with_attempt(error, "cannot mount `" + call.operand(1) + "` of `" + call.operand(0) + "`");
  }
}

}  // namespace

Command snapshot_mount_command() {
  return {
      .name = "snapshot mount",
      .summary = "look into one",
      .operands = "CONTAINER SNAPSHOT DIRECTORY",
      .least = 3,
      .most = 3,
      .names = Names::kContainers,
      .description =
          "Mounts the container's root as it was when the snapshot was made on a directory, in the mount "
          "namespace "
          "of who calls: read-only, with its owners as the host numbers them; nothing in it can be executed, "
          "is a "
          "device or gives rights. umount(8) ends it, before the snapshot is removed.",
      .options = {kTenant, kJson, kQuiet},
      .examples = {{"croft snapshot mount web1 before-upgrade /mnt",
                    "Then copy what is needed, and umount /mnt"}},
      .run = run,
  };
}

}  // namespace croft::ctl
