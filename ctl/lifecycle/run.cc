// container.start, stop, restart, kill, freeze, thaw.
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "cgroups/live.h"
#include "ctl/lifecycle/again.h"
#include "ctl/lifecycle/end.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/start.h"
#include "ctl/lifecycle/stop.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr cgroups::Milliseconds kFreezeTime{10'000};

std::chrono::seconds timeout_of(const Call& call, const ContainerRecord& record) {
  check_members(call.body, {"timeout_s"});
  if (!call.body.is_object() || !call.body.contains("timeout_s"))
    return std::chrono::seconds(record.spec.parsed().stop.timeout.value);
  const Json& value = call.body["timeout_s"];
  if (!value.is_number_integer() || value.get<std::int64_t>() < 0 || value.get<std::int64_t>() > 86400)
    throw runtime::wrong_field("timeout_s", "must be a number of seconds from 0 to 86400");
  return std::chrono::seconds(value.get<std::int64_t>());
}

int signal_of(const Call& call) {
  check_members(call.body, {"signal"});
  if (!call.body.is_object() || !call.body.contains("signal")) return SIGKILL;
  const Json& value = call.body["signal"];
  const auto number = value.is_string()           ? signal_number(value.get<std::string>())
                      : value.is_number_integer() ? signal_number(std::to_string(value.get<std::int64_t>()))
                                                  : std::nullopt;
  if (!number) throw runtime::wrong_field("signal", "is no signal: a number 1..64 or a name as in signal(7)");
  return *number;
}

bool flag_of(const Call& call, const char* name) {
  if (!call.body.is_object() || !call.body.contains(name)) return false;
  if (!call.body[name].is_boolean()) throw runtime::wrong_field(name, "must be true or false");
  return call.body[name];
}

void need_state(const ContainerRecord& record, State state, const char* verb) {
  if (record.state != state)
    throw Error(ErrorKind::kConflict, "cannot " + std::string(verb) + " `" + record.object() + "`: it is " +
                                          std::string(to_text(record.state)));
}

// An ephemeral one is destroyed at its end, and that may be at this very moment.
Answer ended(Context& context, const ContainerRecord& record) {
  try {
    return container_answer(context, record.uuid);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) throw;
    return {.status = 200, .body = {{"uuid", record.uuid}}, .etag = "", .location = ""};
  }
}

std::vector<runtime::Description> describe_stop(const ContainerRecord& record, std::chrono::seconds timeout) {
  if (has_run(record.state)) {
    std::vector<runtime::Description> changes;
    describe_hook(record, HookEvent::kPreStop, changes);
    changes.push_back({"stop", record.object(), "within " + std::to_string(timeout.count()) + " s"});
    describe_hook(record, HookEvent::kPostStop, changes);
    return changes;
  }
  if (start_due(record)) return {{"forget", record.object(), "the start that is due"}};
  return {};
}

std::vector<runtime::Description> describe_start(const ContainerRecord& record, const StartPlan& plan) {
  std::vector<runtime::Description> changes = describe(plan);
  describe_hook(record, HookEvent::kPostStart, changes);
  return changes;
}

// How it starts again once it has been stopped; what could not be started is not stopped either.
StartPlan plan_restart(Context& context, const ContainerRecord& record, const StartRequest& request) {
  ContainerRecord stopped = record;
  if (has_run(record.state)) {
    if (record.spec.json().value("ephemeral", false))
      throw Error(ErrorKind::kConflict,
                  "cannot restart `" + record.object() + "`: it is ephemeral, and its end destroys it");
    check_runs(context, record);
    stopped.state = State::kStopped;
  }
  return plan_start_now(context, stopped, request);
}

std::vector<runtime::Description> describe_restart(const ContainerRecord& record,
                                                   std::chrono::seconds timeout, const StartPlan& plan) {
  std::vector<runtime::Description> changes = describe_start(record, plan);
  const std::vector<runtime::Description> stop = describe_stop(record, timeout);
  changes.insert(changes.begin(), stop.begin(), stop.end());
  return changes;
}

}  // namespace

Answer start_verb(Context& context, const Call& call) {
  check_members(call.body, {"suspended"});
  const ContainerRecord named = container_of(context, call);
  StartRequest request{.actor = call.actor, .fail_at = call.fail_at, .call = &call};
  request.suspended = flag_of(call, "suspended");
  {
    const Activity activity(context.live.at(named.uuid), "starting", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    if (call.dry_run) return planned(describe_start(record, plan_start_now(context, record, request)));
    start_container(context, record, request);
  }
  return container_answer(context, named.uuid);
}

Answer stop_verb(Context& context, const Call& call) {
  const ContainerRecord named = container_of(context, call);
  const std::chrono::seconds timeout = timeout_of(call, named);
  if (call.dry_run) return planned(describe_stop(named, timeout));
  run_before_stop(context, named, call, false);
  stop_container(context, named, timeout, call);  // nothing to do is what was asked for
  return ended(context, named);
}

Answer restart_verb(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  const std::chrono::seconds timeout = timeout_of(call, record);
  StartPlan plan;
  try {
    plan = plan_restart(context, record, {.actor = call.actor});
  } catch (const Error& error) {
    if (!call.dry_run) note_refusal(context, record, call.actor, error);
    throw;
  }
  if (call.dry_run) return planned(describe_restart(record, timeout, plan));
  run_before_stop(context, record, call, false);
  stop_container(context, record, timeout, call);
  const Activity activity(context.live.at(record.uuid), "starting", record.object());
  start_container(context, context.registry.get(record.uuid), {.actor = call.actor, .call = &call});
  return container_answer(context, record.uuid);
}

Answer kill_verb(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  const int number = signal_of(call);
  check_runs(context, record);
  if (call.dry_run) return planned({{"signal", record.object(), signal_name(number)}});
  if (number == SIGKILL) {
    stop_container(context, record, std::chrono::seconds(0), call);
  } else {
    const std::shared_ptr<Live> live = context.live.at(record.uuid);
    const std::lock_guard lock(live->mutex);
    if (!live->running) throw Error(ErrorKind::kConflict, "`" + record.object() + "` has just ended");
    if (syscall(SYS_pidfd_send_signal, live->pidfd.get(), number, nullptr, 0) != 0)
      runtime::fail_errno("cannot signal the init of `" + record.object() + "`");
  }
  return ended(context, record);
}

Answer freeze_verb(Context& context, const Call& call) {
  const ContainerRecord named = container_of(context, call);
  const Activity activity(context.live.at(named.uuid), "being frozen", named.object());
  const ContainerRecord record = context.registry.get(named.uuid);
  need_state(record, State::kRunning, "freeze");
  if (call.dry_run) return planned({{"freeze", record.object(), ""}});
  const cgroups::Group group(context.host.layout, group_path(context, record));
  cgroups::freeze(group, kFreezeTime);
  context.registry.note_state(
      record.uuid, {.state = State::kFrozen, .reason = "", .generation = {}, .started = {}, .last_exit = {}},
      event_of(call.actor, "container.frozen"));
  return container_answer(context, record.uuid);
}

Answer thaw_verb(Context& context, const Call& call) {
  const ContainerRecord named = container_of(context, call);
  const Activity activity(context.live.at(named.uuid), "being thawed", named.object());
  const ContainerRecord record = context.registry.get(named.uuid);
  need_state(record, State::kFrozen, "thaw");
  if (call.dry_run) return planned({{"thaw", record.object(), ""}});
  const cgroups::Group group(context.host.layout, group_path(context, record));
  cgroups::thaw(group);
  context.control.thawed(record.uuid);
  context.registry.note_state(
      record.uuid, {.state = State::kRunning, .reason = "", .generation = {}, .started = {}, .last_exit = {}},
      event_of(call.actor, "container.thawed"));
  return container_answer(context, record.uuid);
}

}  // namespace croft::ctl
