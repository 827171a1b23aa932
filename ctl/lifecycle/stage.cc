// stage.*: changes that are kept beside a container's settings until they are applied, all at once.
#include "ctl/lifecycle/plans.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/patch.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMostStaged = 1000;  // keys

using Assignments = std::map<std::string, std::string>;

Assignments staged_of(const Context& context, const ContainerRecord& record) {
  const auto text = context.registry.kept(kKeptStage, record.uuid);
  return text ? parse_json(*text).get<Assignments>() : Assignments();
}

// What comes later wins; of lists += and -= gather, unless the whole list is given anew.
void add(Assignments& staged, const std::string& key, const std::string& text) {
  const bool part = key.ends_with('+') || key.ends_with('-');
  if (!part) {
    staged.erase(key + "+");
    staged.erase(key + "-");
  }
  const auto [place, is_new] = staged.emplace(key, text);
  if (!is_new) place->second = part ? place->second + "," + text : text;
}

Json spec_with(const ContainerRecord& record, const Assignments& staged) {
  return to_json(parse_spec(apply_assignments(record.spec.json(), staged)));
}

Json stage_json(const ContainerRecord& record, const Assignments& staged) {
  Json changes = Json::array();
  for (const Difference& one : differences(record.spec.json(), spec_with(record, staged)))
    changes.push_back({{"key", one.key},
                       {"before", one.before},
                       {"after", one.after},
                       {"needs_restart", has_run(record.state) && one.when != When::kLive}});
  return {{"set", staged}, {"changes", std::move(changes)}};
}

Answer answer(const ContainerRecord& record, const Assignments& staged) {
  return {.status = 200, .body = stage_json(record, staged), .etag = "", .location = ""};
}

}  // namespace

Answer show_stage(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  return answer(record, staged_of(context, record));
}

// What could not be applied now is not staged either.
Answer change_stage(Context& context, const Call& call) {
  check_members(call.body, {"set"});
  const ContainerRecord record = container_of(context, call);
  Assignments staged = staged_of(context, record);
  for (const auto& [key, text] : assignments_of(call)) add(staged, key, text);
  if (staged.size() > kMostStaged)
    throw Error(ErrorKind::kExhausted, "more than 1000 keys would be staged for `" + record.object() + "`");
  Call rehearsed = call;
  rehearsed.dry_run = true;
  rehearsed.body = {{"set", staged}};
  rehearsed.if_match.clear();
  Answer planned_changes = change_container(context, rehearsed, {});
  if (call.dry_run) return planned_changes;
  context.registry.keep(kKeptStage, record.uuid, Json(staged).dump());
  return answer(record, staged);
}

// Applied again after a crash it changes nothing more.
Answer apply_stage(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  const Assignments staged = staged_of(context, record);
  if (staged.empty()) return call.dry_run ? planned({}) : container_answer(context, record.uuid);
  Call change = call;
  change.body = {{"set", staged}};
  Answer changed = change_container(context, change, {});
  if (!call.dry_run) context.registry.forget(kKeptStage, record.uuid);
  return changed;
}

Answer revert_stage(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  const Assignments staged = staged_of(context, record);
  if (call.dry_run) {
    std::vector<runtime::Description> changes;
    for (const auto& [key, text] : staged) changes.push_back({"forget", key, text});
    return planned(changes);
  }
  context.registry.forget(kKeptStage, record.uuid);
  return answer(record, {});
}

}  // namespace croft::ctl
