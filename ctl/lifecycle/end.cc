#include "ctl/lifecycle/end.h"

#include <csignal>

#include "cgroups/live.h"
#include "ctl/lifecycle/destroy.h"
#include "ctl/lifecycle/start.h"
#include "ctl/lifecycle/time.h"
#include "netns/link.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::ExitKind;
using runtime::ExitRecord;

constexpr cgroups::Milliseconds kKillTime{10'000};

// reboot(2) in a pid namespace ends its init by SIGHUP for a restart, by SIGINT for halt and power-off.
bool asks_for_restart(const ExitRecord& record) {
  return record.kind == ExitKind::kKilled && record.status == SIGHUP;
}

void acknowledge(Context& context, const ExitRecord& record) {
  context.keeper.get()->acknowledge({record.tag, record.generation, record.process});
}

// Marks the run as over. Returns whether the container is to start again.
bool close_run(const std::shared_ptr<Live>& live, const ExitRecord& record) {
  const std::lock_guard lock(live->mutex);
  const bool again = live->restart || asks_for_restart(record);
  live->running = false;
  live->restart = false;
  live->pid = 0;
  live->pidfd.reset();
  live->console.reset();
  live->up.clear();
  live->changed.notify_all();
  return again;
}

void note_stopped(Context& context, const ContainerRecord& container, const ExitRecord& record) {
  context.registry.note_state(container.uuid,
                              {.state = State::kStopped,
                               .reason = "",
                               .generation = {},
                               .started = {},
                               .last_exit = exit_json(record)},
                              event_of(kDaemonActor, "container.stopped", exit_json(record)));
}

void start_again(Context& context, const std::string& uuid);

void start_again_later(Context& context, const std::string& uuid) {
  try {
    const Activity activity(context.live.at(uuid), "starting", uuid);
    start_again(context, uuid);
  } catch (const Error&) {  // somebody else works on it for so long that it is theirs now
    return;
  }
}

void start_again(Context& context, const std::string& uuid) {
  const auto container = context.registry.find(uuid);
  if (!container) return;
  try {
    start_container(context, *container, {.actor = kDaemonActor});
  } catch (const Error& error) {                  // recorded as the container's reason by start_container
    if (error.kind() == ErrorKind::kUnavailable)  // the keeper is being replaced
      context.worker.post_later(std::chrono::seconds(1),
                                [&context, uuid] { start_again_later(context, uuid); });
  }
}

void end_run(Context& context, const ContainerRecord& container, const std::shared_ptr<Live>& live,
             const ExitRecord& record) {
  const Activity activity(live, "ending its run", container.object(), std::chrono::minutes(2));
  {
    const std::lock_guard lock(live->mutex);
    if (!live->running || live->generation != record.generation)
      return;  // of a start that failed and was undone
  }
  const std::optional<ContainerRecord> now = context.registry.find(container.uuid);
  if (!now) return;
  clear_run(context, *now);
  note_stopped(context, *now, record);
  acknowledge(context, record);
  const bool again = close_run(live, record);
  const bool ephemeral = now->spec.value("ephemeral", false);
  if (again && !ephemeral) start_again(context, container.uuid);
  if (ephemeral && !again) destroy_now(context, *now, kDaemonActor);
}

void note_stuck(Context& context, const std::string& uuid, const Error& error) {
  try {
    context.registry.note_reason(uuid, error.what(),
                                 event_of(kDaemonActor, "container.stuck", {{"reason", error.what()}}));
  } catch (const Error&) {
    return;
  }
}

}  // namespace

Json exit_json(const ExitRecord& record) {
  static constexpr std::array kNames{"running", "exited", "killed", "unknown"};
  const char* kind = kNames[static_cast<std::size_t>(record.kind)];
  return {{"kind", kind}, {"status", record.status}, {"time", time_text(record.time)}};
}

void clear_run(Context& context, const ContainerRecord& record) {
  const cgroups::GroupPath path = group_path(context, record);
  try {
    const cgroups::Group group(context.host.layout, path);
    cgroups::kill_all(group, kKillTime);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound && error.kind() != ErrorKind::kUnsupported) throw;
  }
  cgroups::remove_group(context.host.layout, path, kKillTime);
}

void handle_exit(Context& context, const ExitRecord& record) {
  try {
    if (record.process != 0) {
      context.execs.ended(record);
      return acknowledge(context, record);
    }
    const std::string uuid = uuid_of(record.tag);
    const auto container = context.registry.find(uuid);
    if (!container) {  // destroyed meanwhile
      context.execs.ended(record);
      return acknowledge(context, record);
    }
    end_run(context, *container, context.live.at(uuid), record);
    context.execs.ended(record);  // last: whoever waits for a foreground run finds nothing left of it
  } catch (const Error& error) {
    note_stuck(context, uuid_of(record.tag), error);
    if (error.kind() == ErrorKind::kUnavailable) return;  // the keeper tells again when it is back
    context.worker.post_later(std::chrono::seconds(1), [&context, record] { handle_exit(context, record); });
  }
}

}  // namespace croft::ctl
