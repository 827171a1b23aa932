// snapshot.mount: the root of a container as it was, as a detached mount that goes to the client. The client
// puts it where it likes; the daemon keeps nothing of it.
#include "fs/snapshot_mount.h"

#include "ctl/lifecycle/session.h"
#include "ctl/lifecycle/snapshots.h"
#include "ctl/lifecycle/verbs.h"
#include "fs/pool.h"
#include "fs/shift.h"
#include "runtime/error.h"
#include "templates/stack.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::vector<std::string> layers_for(const Context& context, const ContainerRecord& record) {
  std::vector<std::string> layers = templates::lower_directories(context.store, manifest_of(context, record));
  if (context.host.root_facts->mode != fs::RootMode::kShifted) return layers;
  const std::string directory = paths_of(context, record).directory;
  if (!runtime::exists(fs::shifted_layer(directory, 0)))
    throw Error(ErrorKind::kConflict, "the layers of its template are copied for it at its first start")
        .cure("start it once");
  for (std::size_t i = 0; i < layers.size(); ++i) layers[i] = fs::shifted_layer(directory, i);
  return layers;
}

runtime::Fd mount_of(Context& context, const Call& call, const ContainerRecord& named) {
  const Activity activity(context.live.at(named.uuid), "being looked at", named.object());
  const ContainerRecord record = context.registry.get(named.uuid);
  return fs::mount_snapshot({.facts = context.host.root_facts,
                             .layers = layers_for(context, record),
                             .upper = snapshot_of(context, record, call.path.at("name")) + "/upper",
                             .id_base = record.id_base,
                             .staging = context.host.staging()});
}

}  // namespace

void mount_session(Context& context, const Call& call, Stream stream) {
  check_members(call.body, {});
  const ContainerRecord named = container_of(context, call);
  try {
    const runtime::Fd mount = mount_of(context, call, named);
    send_line(stream, Json{{"done", {{"name", call.path.at("name")}}}}.dump() + "\n", mount.get());
  } catch (Error& error) {
    send_line(stream, error_line(error.wrap("cannot mount a snapshot of `" + named.object() + "`")));
  }
}

}  // namespace croft::ctl
