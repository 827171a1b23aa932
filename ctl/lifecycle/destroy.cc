#include "ctl/lifecycle/destroy.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/end.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/snapshot_schedule.h"
#include "ctl/lifecycle/traffic_upkeep.h"
#include "ctl/lifecycle/up.h"
#include "ctl/lifecycle/verbs.h"
#include "netns/link.h"
#include "runtime/error.h"
#include "runtime/remove_tree.h"

namespace croft::ctl {

using runtime::Error;

namespace {

// False when it is not there.
bool move_aside(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return true;
  if (errno != ENOENT) runtime::fail_errno("cannot set aside `" + from + "`");
  return false;
}

// Renamed within the pool, and into D/tmp. What is left of either is removed after every start too.
void set_aside(Context& context, const ContainerRecord& record) {
  const std::shared_ptr<const fs::Pool> pool = pool_with(context, record);
  const fs::ContainerPaths paths = paths_of(context, record);
  const std::string gone = pool->place() + "/.gone-" + record.uuid;
  if (paths.home != paths.directory && move_aside(paths.home, gone)) remove_home_later(context, pool, gone);
  const std::string snapshots = pool->place() + "/" + kSnapshots;
  if (move_aside(snapshots + "/" + record.uuid, gone + "-snapshots"))
    remove_home_later(context, pool, gone + "-snapshots");
  rmdir(snapshots.c_str());  // where it was the last that had some
  const std::string rest = context.host.options.data + "/tmp/gone-" + record.uuid;
  move_aside(paths.directory, rest);
  remove_later(context, rest);
}

// Before somebody else can have its addresses and ports.
void drop_guard(Context& context, const ContainerRecord& record) {
  for (const netns::Guard& guard : guards_of(context, record)) context.firewall.remove(guard);
}

}  // namespace

void remove_home_later(Context& context, std::shared_ptr<const fs::Pool> pool, const std::string& home) {
  context.remover.post([&remover = context.remover, pool = std::move(pool), home] {
    try {
      pool->remove_home(home, [&remover] { return !remover.stopping(); });
    } catch (const Error&) {  // tried again after the next start
      return;
    }
  });
}

void remove_later(Context& context, const std::string& path) {
  context.remover.post([&remover = context.remover, path] {
    try {
      runtime::remove_tree(path, [&remover] { return !remover.stopping(); });
    } catch (const Error&) {  // tried again after the next start
      return;
    }
  });
}

void destroy_now(Context& context, const ContainerRecord& record, const Actor& actor) {
  const ContainerRecord going =
      context.registry.begin_destroy(record.uuid, event_of(actor, "container.destroying"));
  try {
    if (record.state != State::kStopped && record.state != State::kReady) clear_run(context, record);
    set_aside(context, record);
    drop_guard(context, record);
    drop_quota(context, record);
    store_due(context, going, HookEvent::kPostDestroy);
    context.registry.finish_destroy(record.uuid, event_of(actor, "container.destroyed"));
    // With its last hook its entry goes, which says whose turn it is.
    if (!has_hook(going, HookEvent::kPostDestroy)) context.live.erase(record.uuid);
    context.registry.forget(kKeptUp, record.uuid);
    context.registry.forget(kSnapshotFailed, record.uuid);
    context.registry.forget(kKeptStage, record.uuid);
    end_traffic(context, record.uuid, record.object(), guards_of(context, record));
    run_due_later(context, record, HookEvent::kPostDestroy);
  } catch (Error& error) {
    context.registry.note_reason(record.uuid, error.what(),
                                 event_of(actor, "container.stuck", {{"reason", error.what()}}));
    throw error.wrap("cannot destroy `" + record.object() + "`");
  }
}

}  // namespace croft::ctl
