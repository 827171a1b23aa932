#include "ctl/lifecycle/start.h"

#include "cgroups/places.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/identity.h"
#include "ctl/lifecycle/metering.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/recover.h"
#include "ctl/lifecycle/time.h"
#include "ctl/lifecycle/up.h"
#include "ctl/lifecycle/user.h"
#include "fs/shift.h"
#include "netns/link.h"
#include "runtime/error.h"
#include "runtime/fd.h"
#include "templates/stack.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// With the CPUs and memory nodes that are chosen at a start.
Spec spec_on_host(const ContainerRecord& record) {
  Spec spec = record.spec.parsed();
  if (!cgroups::asks_for_places(spec.resources)) return spec;
  const cgroups::Places places = cgroups::read_places("/sys");
  if (auto wrong = cgroups::misplaced(spec.resources, places); !wrong.empty()) throw Error(std::move(wrong));
  spec.resources = cgroups::placed(spec.resources, places);
  return spec;
}

StartInput gather(Context& context, const ContainerRecord& record, const StartRequest& request) {
  StartInput input;
  input.record = record;
  input.spec = spec_on_host(record);
  input.manifest = manifest_of(context, record);
  input.layers = templates::lower_directories(context.store, input.manifest);
  const std::string own = context.host.containers() + "/" + record.uuid;
  input.shift =
      context.host.root_facts->mode == fs::RootMode::kShifted && !runtime::exists(fs::shifted_layer(own, 0));
  input.write_identity = identity_changed(context, record, input.spec);
  input.streams = request.streams;
  input.passed = request.passed;
  input.rows = request.rows;
  input.columns = request.columns;
  input.control = &context.control;
  input.traffic = &context.traffic;
  input.shaping = &context.shaping;
  input.paths = paths_of(context, record);
  if (input.spec.view && has_view(context.host))
    input.note = NoteView{.path = note_path(context.host, record.uuid),
                          .object = record.object(),
                          .before = {},
                          .bounds = shown_to(context, record, input.spec),
                          .fresh = true};
  std::vector<std::string> directories{input.paths.upper};
  directories.insert(directories.end(), input.layers.begin(), input.layers.end());
  if (input.spec.user) input.user = find_user_in(directories, *input.spec.user);
  if (input.write_identity && way_of(resolve_init(input.spec, input.manifest)).whole_system)
    input.managers = fs::find_network_managers(directories);
  return input;
}

runtime::BeforeChange watch(StartPlan& plan, int fail_at, bool& touched) {
  const std::size_t index = fail_at < 0 ? SIZE_MAX : static_cast<std::size_t>(fail_at);
  if (fail_at >= 0 && index >= plan.changes.size()) plan.state->list.fail_at(index - plan.changes.size());
  return [index, admission = plan.admission, &touched](std::size_t i, const runtime::Change&) {
    touched = i > admission;
    if (i == index) throw Error(ErrorKind::kSystem, "fault injected", EIO);
  };
}

// Links of this container that an earlier run left, because its net namespace is only just going away.
void remove_stale_link(const ContainerRecord& record) {
  std::vector<std::string> names;
  for (const std::string& id : link_ids(record, record.spec.parsed()))
    names.push_back(netns::host_link_name(id));
  netns::delete_host_links(names);
}

void apply(StartPlan& plan, const ContainerRecord& record, const StartRequest& request, bool& touched) {
  if (record.generation > 0) remove_stale_link(record);
  runtime::apply_changes(plan.changes, watch(plan, request.fail_at, touched));
}

Started note_running(Context& context, const ContainerRecord& record, StartPlan& plan,
                     const StartRequest& request) {
  Started started{.pid = plan.state->launch.pid,
                  .name = plan.state->request.name,
                  .pidfd = plan.state->launch.pidfd.duplicate(),
                  .terminal = std::move(plan.state->launch.terminal)};
  const std::shared_ptr<Live> live = context.live.at(record.uuid);
  {
    const std::lock_guard lock(live->mutex);
    live->running = true;
    live->generation = started.name.generation;
    live->pid = started.pid;
    live->pidfd = std::move(plan.state->launch.pidfd);
    if (!request.alone) live->short_runs = 0;
    live->changed.notify_all();
  }
  follow_up(context, record.uuid, way_of(plan.init));
  ContainerRecord running = record;
  running.generation = started.name.generation;  // by which it comes behind what is due of the run before
  store_due(context, running, HookEvent::kPostStart);
  context.registry.note_state(record.uuid,
                              {.state = State::kRunning,
                               .reason = "",
                               .generation = started.name.generation,
                               .started = now_text(),
                               .last_exit = {}},
                              event_of(request.actor, "container.started", {{"pid", started.pid}}));
  run_due_later(context, record, HookEvent::kPostStart);
  return started;
}

// A keeper that took the place of the one which cloned this may have asked for what runs before this was
// known to run.
void hand_over_if_replaced(Context& context, const ContainerRecord& record,
                           const runtime::KeeperClient& launched_by) {
  try {
    if (context.keeper.get().get() != &launched_by) hand_over_run(context, record.uuid);
  } catch (const Error& error) {  // away: the next one asks later
    if (error.kind() != ErrorKind::kUnavailable) throw;
  }
}

void note_failure(Context& context, const ContainerRecord& record, const StartRequest& request,
                  const Error& error) {
  const EventDraft event = event_of(request.actor, "container.failed", {{"reason", error.what()}});
  const StateNote note{
      .state = State::kFailed, .reason = error.what(), .generation = {}, .started = {}, .last_exit = {}};
  try {
    if (record.state == State::kFailed)
      context.registry.note_reason(record.uuid, note.reason, event);
    else
      context.registry.note_state(record.uuid, note, event);
  } catch (const Error&) {  // the state of the registry is worse news, but not what the caller asked about
    return;
  }
}

void check_startable(const ContainerRecord& record) {
  if (has_run(record.state))
    throw Error(ErrorKind::kConflict,
                "`" + record.object() + "` is " + std::string(to_text(record.state)) + " already");
  check_move(record.state, State::kRunning, record.object());
}

void check_not_suspended(const ContainerRecord& record, const StartRequest& request) {
  if (record.suspended.is_null() || request.suspended) return;
  throw Error(ErrorKind::kRefused,
              "`" + record.object() + "` is suspended: " + record.suspended.value("reason", std::string()))
      .cure("`croft unsuspend " + record.object() + "` ends that");
}

StartPlan plan_now(Context& context, const ContainerRecord& record, const StartRequest& request) {
  check_startable(record);
  check_not_suspended(record, request);
  context.metering.check_start();
  const StartInput input = gather(context, record, request);
  for (const auto& nic : nics_of(context.host, record, input.spec)) nic->check();
  context.control.check(subject_of(record, input.spec, record.generation + 1));
  StartPlan plan = plan_start(context.host, input);
  if (has_hook(record, HookEvent::kPreStart)) {
    plan.changes.emplace(plan.changes.begin(), RunHook{.context = &context,
                                                       .record = record,
                                                       .event = HookEvent::kPreStart,
                                                       .undone_by = HookEvent::kPostStop,
                                                       .call = request.call});
    ++plan.admission;
  }
  plan.state->keeper = context.keeper.get();
  return plan;
}

std::string attempt(const ContainerRecord& record) {
  return "cannot start `" + record.object() + "`";
}

}  // namespace

void note_refusal(Context& context, const ContainerRecord& record, const Actor& actor, const Error& error) {
  if (error.kind() == ErrorKind::kConflict) return;
  try {
    context.registry.append_event(event_of(actor, "container.start-refused", {{"reason", error.what()}}),
                                  record.object(), record.uuid);
  } catch (const Error&) {  // as in note_failure
    return;
  }
}

StartPlan plan_start_now(Context& context, const ContainerRecord& record, const StartRequest& request) {
  try {
    return plan_now(context, record, request);
  } catch (Error& error) {
    throw error.wrap(attempt(record));
  }
}

Started start_container(Context& context, const ContainerRecord& record, const StartRequest& request) {
  bool touched = false;
  const cgroups::Resources tenant = context.control.tenant_limits(record.tenant);
  try {
    StartPlan plan = plan_now(context, record, request);
    apply(plan, record, request, touched);
    keep_identity(context, record);
    Started started = note_running(context, record, plan, request);
    if (record.spec.parsed().resources.numa_auto || tenant != context.control.tenant_limits(record.tenant))
      refresh_note(context, record);
    hand_over_if_replaced(context, record, *plan.state->keeper);
    return started;
  } catch (Error& error) {
    if (!touched && !request.alone)
      note_refusal(context, record, request.actor, error);
    else if (error.kind() != ErrorKind::kConflict)
      note_failure(context, record, request, error);
    throw error.wrap(attempt(record));
  }
}

}  // namespace croft::ctl
