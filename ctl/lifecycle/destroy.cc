#include "ctl/lifecycle/destroy.h"

#include <cerrno>
#include <cstdio>

#include "ctl/lifecycle/end.h"
#include "ctl/lifecycle/up.h"
#include "fs/pool_dir.h"
#include "netns/link.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {

using runtime::Error;

namespace {

// A large tree takes long to delete: it is renamed into D/tmp, which the store sweeps at every start, and
// deleted in the background.
void set_aside(Context& context, const ContainerRecord& record) {
  const std::string from = fs::container_paths(context.host.containers(), record.uuid).directory;
  const std::string to = context.host.options.data + "/tmp/gone-" + record.uuid;
  if (rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT)
    runtime::fail_errno("cannot set aside `" + from + "`");
  context.worker.post([to] {
    try {
      runtime::remove_tree(to);
    } catch (const Error&) {  // swept at the next start
      return;
    }
  });
}

}  // namespace

void destroy_now(Context& context, const ContainerRecord& record, const Actor& actor) {
  context.registry.begin_destroy(record.uuid, event_of(actor, "container.destroying"));
  try {
    if (record.state != State::kStopped && record.state != State::kReady) clear_run(context, record);
    set_aside(context, record);
    context.registry.finish_destroy(record.uuid, event_of(actor, "container.destroyed"));
    context.live.erase(record.uuid);
    context.registry.forget(kKeptUp, record.uuid);
  } catch (Error& error) {
    context.registry.note_reason(record.uuid, error.what(),
                                 event_of(actor, "container.stuck", {{"reason", error.what()}}));
    throw error.wrap("cannot destroy `" + record.object() + "`");
  }
}

}  // namespace croft::ctl
