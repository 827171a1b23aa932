// container.clone: a new container with what another one wrote, or had written when a snapshot was made.
//
// It has a uuid, ids, addresses and a quota of its own. What only one container can have stays with the
// original. The record comes first, as `configured`: a daemon that starts again destroys what is not ready.
#include <algorithm>

#include "ctl/lifecycle/create.h"
#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/plans.h"
#include "ctl/lifecycle/snapshots.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "fs/pool.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

struct Asked {
  std::string name;
  std::string tenant;    // empty: that of the original
  std::string snapshot;  // empty: as it is now
  bool full = false;
};

Asked asked_for(const Call& call) {
  check_members(call.body, {"name", "tenant", "snapshot", "full", "set"});
  std::vector<runtime::FieldError> wrong;
  const auto text_of = [&](const char* key) -> std::string {
    const Json value = call.body.is_object() ? call.body.value(key, Json("")) : Json("");
    if (value.is_string()) return value;
    wrong.push_back({key, "must be a text"});
    return {};
  };
  Asked asked{text_of("name"), text_of("tenant"), text_of("snapshot"), false};
  const Json full = call.body.is_object() ? call.body.value("full", Json(false)) : Json(false);
  if (!full.is_boolean()) wrong.push_back({"full", "must be true or false"});
  if (!wrong.empty()) throw Error(std::move(wrong));
  asked.full = full.get<bool>();
  check_container_name(asked.name);
  return asked;
}

NewContainer wanted_of(const Context& context, const Call& call, const Asked& asked,
                       const ContainerRecord& original, std::vector<std::string>& stripped) {
  const PlannedSpec planned = plan_at_change(
      context, original,
      [&](Json spec) {
        stripped = strip_own(spec);
        return apply_assignments(std::move(spec), assignments_of(call));
      },
      std::nullopt);
  NewContainer wanted;
  wanted.tenant = asked.tenant.empty() ? original.tenant : asked.tenant;
  wanted.name = asked.name;
  wanted.spec = to_json(parse_spec(planned.spec));
  wanted.plan_values = planned.plan_values.value_or(original.plan_values);
  wanted.template_name = original.template_name;
  wanted.layers = original.layers;
  if (wanted.spec.parsed().template_name != original.spec.parsed().template_name)
    throw runtime::wrong_field("template", "of a clone is that of the original");
  set_leases(wanted);
  return wanted;
}

void check_original(const ContainerRecord& record) {
  if (record.state == State::kConfigured || record.state == State::kDestroying)
    throw Error(ErrorKind::kConflict, "it is " + std::string(to_text(record.state)));
}

struct Clone {
  Context& context;
  const Call& call;
  const ContainerRecord& original;
  const Asked& asked;
  std::string from;

  Answer make(const ContainerRecord& record, const std::vector<std::string>& stripped) const {
    const Activity making(context.live.at(record.uuid), "being made", record.object());
    std::optional<Pause> pause;
    std::optional<std::chrono::microseconds> paused;
    fs::CopyWatch watch = watch_of(call);
    watch.apart = asked.full;
    if (asked.snapshot.empty()) {
      if (original.state == State::kRunning) flush_files(from);
      pause.emplace(context, original);
    }
    runtime::Changes changes;
    runtime::add(changes,
                 fs::CloneContainerFiles{.paths = paths_of(context, record),
                                         .project = record.id_base,
                                         .pool = pool_with(context, record),
                                         .from = from,
                                         .same_pool = disk_pool_of(record) == disk_pool_of(original),
                                         .ids = {record.id_base, kIdRangeSize, original.id_base},
                                         .watch = watch,
                                         .captured = [&] { paused = pause ? pause->end() : std::nullopt; }});
    runtime::add(changes, LimitDisk{context, record});
    plan_new_guard(context, record, changes);
    Answer answer = bring_about(context, record, call, changes);
    answer.status = 200;
    answer.body["pause_us"] = pause_json(paused);
    answer.body["left_out"] = stripped;
    return answer;
  }
};

std::vector<runtime::Description> describe(const Context& context, const ContainerRecord& record,
                                           const ContainerRecord& original,
                                           const std::vector<std::string>& stripped) {
  std::vector<runtime::Description> changes{
      {"record", record.object(), "as " + original.object()},
      {"lease", "id range", std::to_string(kIdRangeSize) + " ids from " + std::to_string(record.id_base)}};
  for (const std::string& address : record.addresses) changes.push_back({"lease", "address", address});
  for (const std::string& key : stripped) changes.push_back({"leave out", key, ""});
  changes.push_back({"clone files", paths_of(context, original).home, pool_with(context, record)->place()});
  return changes;
}

}  // namespace

Answer clone_container(Context& context, const Call& call) {
  const Asked asked = asked_for(call);
  const ContainerRecord named = container_of(context, call);
  try {
    const Activity activity(context.live.at(named.uuid), "being cloned", named.object());
    const ContainerRecord original = context.registry.get(named.uuid);
    check_original(original);
    const std::string from = asked.snapshot.empty() ? paths_of(context, original).home
                                                    : snapshot_of(context, original, asked.snapshot);
    std::vector<std::string> stripped;
    const NewContainer wanted = wanted_of(context, call, asked, original, stripped);
    check_wanted(context, wanted);
    const ContainerRecord record = context.registry.create_container(
        wanted, event_of(call, "container.created", {{"clone_of", original.uuid}}));
    if (call.dry_run) return planned(describe(context, record, original, stripped));
    return Clone{context, call, original, asked, from}.make(record, stripped);
  } catch (Error& error) {
    throw error.wrap("cannot clone `" + named.object() + "` as `" + asked.name + "`");
  }
}

}  // namespace croft::ctl
