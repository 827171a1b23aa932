#include "ctl/lifecycle/end.h"

#include <poll.h>
#include <unistd.h>

#include <array>

#include "cgroups/live.h"
#include "ctl/lifecycle/again.h"
#include "ctl/lifecycle/destroy.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/in_force.h"
#include "ctl/lifecycle/metering.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/start.h"
#include "ctl/lifecycle/time.h"
#include "ctl/lifecycle/view.h"
#include "netns/macvlan.h"
#include "netns/phys.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::ExitKind;
using runtime::ExitRecord;

constexpr cgroups::Milliseconds kKillTime{10'000};

// A keeper that has just died took its records with it; one that comes back tells of the exit again.
void acknowledge(Context& context, const ExitRecord& record) {
  try {
    context.keeper.get()->acknowledge({record.tag, record.generation, record.process});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUnavailable) throw;
  }
}

void close_run(const std::shared_ptr<Live>& live) {
  const std::lock_guard lock(live->mutex);
  live->running = false;
  live->pid = 0;
  live->pidfd.reset();
  live->console.reset();
  live->up.clear();
  live->changed.notify_all();
}

void note_stopped(Context& context, const ContainerRecord& container, const ExitRecord& record,
                  const Next& next) {
  context.registry.note_state(
      container.uuid,
      {.state = next.given_up ? State::kFailed : State::kStopped,
       .reason = next.reason,
       .generation = {},
       .started = {},
       .last_exit = exit_json(record)},
      event_of(kDaemonActor, next.given_up ? "container.given-up" : "container.stopped", exit_json(record)));
}

// Where it is started again: a hook may take long, and others are waiting for the worker.
Worker& restarter(Context& context, const ContainerRecord& record) {
  return has_hook(record, HookEvent::kPreStart) ? context.hooks : context.worker;
}

// The caller is the one who works on the container.
void start_again(Context& context, const std::string& uuid) {
  const auto container = context.registry.find(uuid);
  if (!container || !restart_due(*container)) return;
  try {
    start_container(context, *container, {.actor = kDaemonActor, .alone = true});
  } catch (const Error& error) {  // recorded as the container's reason by start_container
    if (error.kind() != ErrorKind::kUnavailable) return;
    // The keeper is being replaced: the restart stays due.
    context.registry.note_state(
        uuid,
        {.state = State::kStopped,
         .reason = container->reason,
         .generation = {},
         .started = {},
         .last_exit = {}},
        event_of(kDaemonActor, "container.restart-postponed", {{"reason", error.what()}}));
    restart_later(context, *container, std::chrono::seconds(1));
  }
}

bool is_alive(const runtime::Fd& pidfd) {
  pollfd ended{pidfd.get(), POLLIN, 0};
  return pidfd && poll(&ended, 1, 0) == 0;
}

void end_run(Context& context, const ContainerRecord& container, const std::shared_ptr<Live>& live,
             const ExitRecord& record) {
  const Activity activity(live, "ending its run", container.object(), std::chrono::minutes(2));
  bool over = false;
  bool other = false;
  {
    const std::lock_guard lock(live->mutex);
    over = !live->running || live->generation != record.generation;
    other = !over && is_alive(live->pidfd);
  }
  if (over) return acknowledge(context, record);  // told twice, or of a start that failed and was undone
  // As that, but the next start has got its number meanwhile: the undo has acknowledged it.
  if (other) return;
  const std::optional<ContainerRecord> now = context.registry.find(container.uuid);
  if (!now) return;
  clear_run(context, *now);
  const Next next = next_after(*live, *now, record);
  store_due(context, *now, HookEvent::kPostStop);
  note_stopped(context, *now, record, next);
  close_run(live);
  acknowledge(context, record);
  run_due_later(context, *now, HookEvent::kPostStop);
  if (now->spec.json().value("ephemeral", false)) return destroy_now(context, *now, kDaemonActor);
  if (!next.due) return;
  const bool at_once = next.pause.count() == 0 && !has_hook(*now, HookEvent::kPreStart);
  if (at_once) return start_again(context, container.uuid);
  restart_later(context, *now, next.pause);
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

void restart_later(Context& context, const ContainerRecord& record, std::chrono::seconds pause) {
  restarter(context, record).post_later(pause, [&context, uuid = record.uuid] {
    restart_if_due(context, uuid);
  });
}

void restart_if_due(Context& context, const std::string& uuid) {
  try {
    const auto container = context.registry.find(uuid);
    if (!container || !restart_due(*container)) return;
    const Activity activity(context.live.at(uuid), "starting", container->object());
    start_again(context, uuid);
  } catch (const Error&) {  // somebody else works on it for so long that it is theirs now
    return;
  }
}

Json exit_json(const ExitRecord& record) {
  static constexpr std::array kNames{"running", "exited", "killed", "unknown"};
  const char* kind = kNames[static_cast<std::size_t>(record.kind)];
  const Json status = record.kind == ExitKind::kUnknown ? Json() : Json(record.status);  // never invented
  return {{"kind", kind}, {"status", status}, {"time", time_text(record.time)}};
}

namespace {

// What somebody inside has destroyed cannot come back.
void give_back_devices(Context& context, const ContainerRecord& record) {
  for (const Interface& one : interfaces_of(context.host, record, record.spec.parsed()))
    if (netns::fetch_device(context.host.taken(), one.id) == netns::Fetched::kLost)
      context.registry.append_event(
          event_of(kDaemonActor, "net.device-lost", {{"device", one.net->parent.value_or("")}}),
          record.object(), record.uuid);
}

}  // namespace

void clear_run(Context& context, const ContainerRecord& record) {
  const cgroups::GroupPath path = group_path(context, record);
  try {
    const cgroups::Group group(context.host.layout, path);
    cgroups::kill_all(group, kKillTime);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound && error.kind() != ErrorKind::kUnsupported) throw;
  }
  context.metering.end_run(record);
  cgroups::remove_group(context.host.layout, path, kKillTime);
  give_back_devices(context, record);
  for (const std::string& id : link_ids(record, record.spec.parsed())) netns::delete_carrier(id);
  netns::AnswerFor{proxied_of(context.host, record)}.undo();
  context.control.leave(record.uuid);
  context.shaping.remove(record.uuid);
  context.remover.post([&context] { context.shaping.tidy(); });
  drop_in_force(context, record.uuid);
  unlink(note_path(context.host, record.uuid).c_str());
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
