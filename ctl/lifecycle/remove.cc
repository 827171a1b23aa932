// container.destroy, container.undelete and trash.list.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "ctl/lifecycle/destroy.h"
#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/live.h"
#include "ctl/lifecycle/states.h"
#include "ctl/lifecycle/stop.h"
#include "ctl/lifecycle/time.h"
#include "ctl/lifecycle/trash.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "ctl/spec/units.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr int kRounds = 3;                                          // of killing one that runs again
constexpr std::uint64_t kLongestKeep = std::uint64_t{366} * 86400;  // s

void check_removable(const ContainerRecord& record) {
  if (record.spec.parsed().is_protected)
    throw Error(ErrorKind::kConflict, "cannot destroy `" + record.object() + "`: it is protected")
        .cure("`croft set " + record.object() + " protected=false` first");
}

// Unset: not into the trash.
std::optional<Seconds> keeping_of(const Call& call) {
  const auto keep = call.query.find("keep");
  if (keep == call.query.end()) return {};
  try {
    const Seconds time = parse_seconds(keep->second);
    if (time.value >= 1 && time.value <= kLongestKeep) return time;
  } catch (const Error&) {  // told as the other way of being wrong
  }
  throw runtime::wrong_field("keep", "must be a time from 1s to 366d, as in 7d");
}

// One that restarts itself may run again by the time that it is ours: then it is killed once more. Being
// asked to stop it does not restart, so the second round is usually the last.
void kill_and_remove(Context& context, const std::string& uuid, const Actor& actor,
                     const std::optional<Seconds>& keep) {
  for (int round = 0;; ++round) {
    auto record = context.registry.find(uuid);
    if (record && has_run(record->state)) kill_and_wait(context, *record, actor);
    const Activity activity(context.live.at(uuid), "being destroyed", record ? record->object() : uuid);
    record = context.registry.find(uuid);
    if (!record) return;  // it was ephemeral
    check_removable(*record);
    if (!may_move(record->state, State::kDestroying) && round < kRounds) continue;
    return keep ? put_in_trash(context, *record, *keep, actor) : destroy_now(context, *record, actor);
  }
}

Answer rehearse(Context& context, const Call& call, const ContainerRecord& record, bool keep) {
  std::vector<runtime::Description> changes;
  if (has_run(record.state)) {
    changes.push_back({"kill", record.object(), ""});
    describe_hook(record, HookEvent::kPostStop, changes);
  } else if (!keep) {
    context.registry.begin_destroy(record.uuid, event_of(call, "container.destroying"));
  }
  if (keep) {
    changes.push_back({"trash", record.object(), "until " + trash_time(*keeping_of(call))});
  } else {
    changes.push_back({"remove", paths_of(context, record).home, ""});
    changes.push_back({"forget", record.object(), "id range and addresses are given back"});
    describe_hook(record, HookEvent::kPostDestroy, changes);
  }
  return planned(changes);
}

}  // namespace

Answer destroy_container(Context& context, const Call& call) {
  const std::optional<Seconds> keep = keeping_of(call);
  const ContainerRecord record = container_or_trashed(context, call);
  check_removable(record);
  if (keep && !record.trashed.is_null())
    throw Error(ErrorKind::kConflict, "`" + record.object() + "` is in the trash already");
  if (keep && record.spec.parsed().ephemeral)
    throw Error(ErrorKind::kConflict, "`" + record.object() + "` is ephemeral: nothing of it is kept");
  const auto force = call.query.find("force");
  const bool may_stop = force != call.query.end() && force->second == "1";
  if (has_run(record.state) && !may_stop)
    throw Error(ErrorKind::kConflict,
                "cannot destroy `" + record.object() + "`: it is " + std::string(to_text(record.state)))
        .cure("stop it first, or say --force");
  if (call.dry_run) return rehearse(context, call, record, keep.has_value());
  kill_and_remove(context, record.uuid, call.actor, keep);
  return {.status = 200,
          .body = {{"uuid", record.uuid}, {"name", record.name}, {"tenant", record.tenant}},
          .etag = "",
          .location = ""};
}

Answer undelete_container(Context& context, const Call& call) {
  check_members(call.body, {"name"});
  const ContainerRecord named = trashed_of(context, call);
  std::string name = named.name;
  if (call.body.is_object() && call.body.contains("name")) {
    if (!call.body["name"].is_string()) throw runtime::wrong_field("name", "must be a text");
    name = call.body["name"];
    check_container_name(name);
  }
  const Activity activity(context.live.at(named.uuid), "being undeleted", named.object(),
                          std::chrono::seconds(1));
  if (!context.registry.find(named.uuid))
    throw Error(ErrorKind::kNotFound, "`" + named.object() + "` has just been destroyed");
  try {
    context.registry.set_trashed(named.uuid, nullptr, name, event_of(call, "container.undeleted"));
  } catch (Error& error) {
    if (error.kind() == ErrorKind::kExists) error.cure("croft undelete --as NAME " + named.uuid);
    throw error.wrap("cannot undelete `" + named.object() + "`");
  }
  if (call.dry_run) return planned({{"undelete", named.object(), "as " + name}});
  return container_answer(context, named.uuid);
}

Answer list_trash(Context& context, const Call& call) {
  ContainerFilter filter = filter_of(context, call);
  filter.trashed = true;
  Json items = Json::array();
  for (const ContainerRecord& record : context.registry.containers(filter))
    items.push_back({{"uuid", record.uuid},
                     {"name", record.name},
                     {"tenant", record.tenant},
                     {"template", record.template_name},
                     {"labels", record.spec.json().value("label", Json::object())},
                     {"addresses", record.addresses},
                     {"since", record.trashed.at("since")},
                     {"until", record.trashed.at("until")},
                     {"actor", record.trashed.at("actor")}});
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
