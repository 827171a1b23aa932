// snapshot.*: what a container wrote, kept as it was.
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/snapshots.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

void check_snapshot_name(const std::string& name) {
  constexpr std::size_t kLongest = 63;
  const bool good = !name.empty() && name.size() <= kLongest && name.front() != '-' &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (!good)
    throw runtime::wrong_field("name", "`" + shown(name) +
                                           "` cannot be the name of a snapshot: use 1 to 63 of a-z, 0-9 "
                                           "and -, with a letter or digit first");
}

std::string asked_name(const Call& call) {
  check_members(call.body, {"name"});
  if (!call.body.is_object() || !call.body.contains("name")) return snapshot_name_of_now();
  if (!call.body["name"].is_string()) throw runtime::wrong_field("name", "must be a text");
  return call.body["name"];
}

void check_not_running(const ContainerRecord& record) {
  if (has_run(record.state))
    throw Error(ErrorKind::kConflict, "it is " + std::string(to_text(record.state))).cure("stop it first");
}

}  // namespace

Answer create_snapshot(Context& context, const Call& call) {
  const std::string name = asked_name(call);
  check_snapshot_name(name);
  const ContainerRecord named = container_of(context, call);
  try {
    const Activity activity(context.live.at(named.uuid), "being copied", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    check_new_snapshot(context, record, name);
    if (call.dry_run) return planned({{"snapshot", record.object(), name}});
    Json json = make_snapshot(context, record,
                              {.name = name, .watch = watch_of(call), .fail_at = call.fail_at}, call.actor);
    return {.status = 200, .body = std::move(json), .etag = "", .location = ""};
  } catch (Error& error) {
    throw error.wrap("cannot make a snapshot of `" + named.object() + "`");
  }
}

Answer list_snapshots(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  Json items = Json::array();
  for (const std::string& name : snapshot_names(context, record))
    items.push_back(snapshot_json(context, record, name));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer restore_snapshot(Context& context, const Call& call) {
  check_members(call.body, {});
  const ContainerRecord named = container_of(context, call);
  try {
    const Activity activity(context.live.at(named.uuid), "being restored", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    const std::string snapshot = snapshot_of(context, record, call.path.at("name"));
    check_not_running(record);
    if (call.dry_run) return planned({{"restore", record.object(), call.path.at("name")}});
    if (call.fail_at == 0) throw Error(ErrorKind::kSystem, "fault injected", EIO);
    const auto pool = pool_with(context, record);
    const fs::ContainerPaths paths = paths_of(context, record);
    pool->release(record.id_base);  // while what was and what will be count together
    // What its name and addresses are now, the next start writes into what they were then.
    unlink((paths.directory + "/identity").c_str());
    try {
      pool->restore(snapshot, paths, record.id_base, watch_of(call));
    } catch (...) {
      put_quota(context, record);
      throw;
    }
    put_quota(context, record);
    context.registry.append_event(
        event_of(call.actor, "container.restored", {{"snapshot", call.path.at("name")}}), record.object(),
        record.uuid);
    return container_answer(context, record.uuid);
  } catch (Error& error) {
    throw error.wrap("cannot restore `" + named.object() + "`");
  }
}

Answer remove_snapshot(Context& context, const Call& call) {
  const ContainerRecord named = container_of(context, call);
  try {
    const Activity activity(context.live.at(named.uuid), "losing a snapshot", named.object());
    const ContainerRecord record = context.registry.get(named.uuid);
    const std::string& name = call.path.at("name");
    snapshot_of(context, record, name);
    if (call.dry_run) return planned({{"remove", "snapshot " + name + " of " + record.object(), ""}});
    drop_snapshot(context, record, name, watch_of(call).go_on, call.actor);
    return {.status = 200, .body = {{"name", name}}, .etag = "", .location = ""};
  } catch (Error& error) {
    throw error.wrap("cannot remove a snapshot of `" + named.object() + "`");
  }
}

}  // namespace croft::ctl
