// container.set and container.rename.
#include "cgroups/group.h"
#include "cgroups/live.h"
#include "ctl/lifecycle/plan.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "fs/sysctl.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

std::optional<std::uint64_t> expected_revision(const Call& call) {
  if (call.if_match.empty() || call.if_match == "*") return {};
  return parse_count(call.if_match);
}

Json wanted_spec(const Call& call, const ContainerRecord& record) {
  check_members(call.body, {"spec", "set"});
  Json spec = record.spec;
  if (call.body.contains("spec")) spec = merge_patch(spec, call.body["spec"]);
  spec = apply_assignments(spec, assignments_of(call));
  const Spec parsed = parse_spec(spec);
  std::vector<runtime::FieldError> wrong;
  for (const auto& [name, value] : parsed.sysctl)
    if (const auto problem = fs::sysctl_problem(name, value)) wrong.push_back({"sysctl." + name, *problem});
  if (!wrong.empty()) throw Error(std::move(wrong));
  return to_json(parsed);
}

// What is fixed when a container is made.
void check_fixed(const ContainerRecord& record, const Json& wanted) {
  for (const Difference& difference : differences(record.spec, wanted))
    if (difference.key == "template" || difference.key == "net.address" || difference.key == "ephemeral")
      throw runtime::wrong_field(difference.key, "cannot be changed after the container was created");
}

void plan_live(Context& context, const ContainerRecord& record, const Json& wanted,
               runtime::Changes& changes) {
  if (!has_run(record.state)) return;
  const cgroups::GroupIntent now = group_intent(context.host, record, parse_spec(record.spec), false);
  const cgroups::GroupIntent next = group_intent(context.host, record, parse_spec(wanted), false);
  cgroups::plan_knobs(context.host.layout, now.path, now.knobs, next.knobs, changes);
}

Json difference_json(const ContainerRecord& record, const Json& wanted) {
  Json list = Json::array();
  for (const Difference& d : differences(record.spec, wanted))
    list.push_back({{"key", d.key},
                    {"before", d.before},
                    {"after", d.after},
                    {"needs_restart", has_run(record.state) && d.when != When::kLive}});
  return list;
}

std::vector<runtime::Description> describe(const ContainerRecord& record, const Json& wanted,
                                           const runtime::Changes& changes) {
  std::vector<runtime::Description> all = runtime::describe(changes);
  for (const Difference& d : differences(record.spec, wanted))
    all.insert(all.begin(),
               {"set", d.key, d.after.is_string() ? d.after.get<std::string>() : d.after.dump()});
  return all;
}

void store(Context& context, const Call& call, const ContainerRecord& record, const Json& wanted,
           bool rehearsal) {
  EventDraft event = event_of(call, "container.changed", {{"changes", difference_json(record, wanted)}});
  event.rehearsal = rehearsal;
  context.registry.update_spec(record.uuid, expected_revision(call), wanted, event);
}

}  // namespace

Answer set_container(Context& context, const Call& call) {
  const ContainerRecord named = container_of(context, call);
  const Activity activity(context.live.at(named.uuid), "being changed", named.object());
  const ContainerRecord record = context.registry.get(named.uuid);
  const Json wanted = wanted_spec(call, record);
  check_fixed(record, wanted);
  runtime::Changes changes;
  plan_live(context, record, wanted, changes);
  try {
    store(context, call, record, wanted, true);
    if (call.dry_run) return planned(describe(record, wanted, changes));
    runtime::apply_changes(changes);
    try {
      store(context, call, record, wanted, false);
    } catch (...) {
      runtime::undo_changes(changes);
      throw;
    }
  } catch (Error& error) {
    throw error.wrap("cannot change `" + record.object() + "`");
  }
  Answer answer = container_answer(context, record.uuid);
  answer.body["changed"] = difference_json(record, wanted);
  return answer;
}

Answer rename_container(Context& context, const Call& call) {
  check_members(call.body, {"name"});
  const ContainerRecord record = container_of(context, call);
  if (!call.body.contains("name") || !call.body["name"].is_string())
    throw runtime::wrong_field("name", "is missing, or is not a text");
  const std::string name = call.body["name"];
  check_container_name(name);
  context.registry.rename(record.uuid, expected_revision(call), name, event_of(call, "container.renamed"));
  if (call.dry_run) return planned({{"rename", record.object(), name}});
  return container_answer(context, record.uuid);
}

}  // namespace croft::ctl
