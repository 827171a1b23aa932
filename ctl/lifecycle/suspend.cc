// container.suspend and container.unsuspend: an administrative lock, which keeps a container stopped whoever
// or whatever would start it.
#include "ctl/lifecycle/again.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/live.h"
#include "ctl/lifecycle/start.h"
#include "ctl/lifecycle/stop.h"
#include "ctl/lifecycle/time.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

constexpr std::size_t kLongestReason = 1000;

std::string reason_of(const Call& call) {
  if (!call.body.is_object() || !call.body.contains("reason")) return {};
  const Json& reason = call.body["reason"];
  if (!reason.is_string() || reason.get<std::string>().size() > kLongestReason ||
      !is_clean_text(reason.get<std::string>()))
    throw runtime::wrong_field("reason", "must be a text of at most 1000 bytes without control characters");
  return reason;
}

bool wants_start(const Call& call) {
  check_members(call.body, {"start"});
  if (!call.body.is_object() || !call.body.contains("start")) return true;
  if (!call.body["start"].is_boolean()) throw runtime::wrong_field("start", "must be true or false");
  return call.body["start"];
}

}  // namespace

// The lock comes first: a daemon that dies before the stop leaves what does not start again once it ends.
// Said once more it stops what runs, and gives another reason if there is one.
Answer suspend_container(Context& context, const Call& call) {
  check_members(call.body, {"reason"});
  const std::string reason = reason_of(call);
  const ContainerRecord record = container_of(context, call);
  const bool runs = has_run(record.state);
  const bool again = !record.suspended.is_null();
  if (call.dry_run) {
    std::vector<runtime::Description> changes;
    if (!again) changes.push_back({"suspend", record.object(), reason});
    if (runs) changes.push_back({"stop", record.object(), ""});
    return planned(changes);
  }
  if (!again || (!reason.empty() && record.suspended.value("reason", "") != reason)) {
    Json suspended = again ? record.suspended : Json{{"since", now_text()}, {"actor", to_json(call.actor)}};
    suspended["reason"] = reason.empty() ? "no reason is given" : reason;
    suspended["ran"] = suspended.value("ran", runs || boot_due(record) || restart_due(record));
    context.registry.set_suspended(record.uuid, suspended, event_of(call, "container.suspended"));
  }
  try {
    run_before_stop(context, record, call, true);
    stop_container(context, record, std::chrono::seconds(record.spec.parsed().stop.timeout.value), call);
    return container_answer(context, record.uuid);
  } catch (Error& error) {
    throw error.wrap("cannot stop `" + record.object() + "`, which is suspended now");
  }
}

// What ran when it was suspended runs again.
Answer unsuspend_container(Context& context, const Call& call) {
  const bool start = wants_start(call);
  const ContainerRecord named = container_of(context, call);
  if (named.suspended.is_null()) return call.dry_run ? planned({}) : container_answer(context, named.uuid);
  const bool runs_again = start && named.suspended.value("ran", false) && !has_run(named.state);
  if (call.dry_run) {
    std::vector<runtime::Description> changes{{"unsuspend", named.object(), ""}};
    if (runs_again) changes.push_back({"start", named.object(), ""});
    return planned(changes);
  }
  context.registry.set_suspended(named.uuid, nullptr, event_of(call, "container.unsuspended"));
  if (runs_again) {
    const Activity activity(context.live.at(named.uuid), "starting", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    if (!has_run(record.state)) start_container(context, record, {.actor = call.actor, .call = &call});
  }
  return container_answer(context, named.uuid);
}

}  // namespace croft::ctl
