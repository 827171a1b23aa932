// plan.*
#include "ctl/lifecycle/plans.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/plans/check.h"
#include "ctl/plans/scale.h"
#include "ctl/plans/split.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMaxTargets = 100'000;

plans::Plan plan_of(const Context& context, const Call& call) {
  return plans::resolve(read_plans(context.host.options.plans), call.path.at("name"));
}

std::vector<ContainerRecord> members_of(const Context& context, const std::string& plan) {
  std::vector<ContainerRecord> members;
  for (ContainerRecord& record : context.registry.containers())
    if (record.spec.parsed().plan.name == plan && record.state != State::kDestroying)
      members.push_back(std::move(record));
  return members;
}

bool follows(const ContainerRecord& record) {
  return record.spec.parsed().plan.mode == PlanMode::kFollow;
}

Json member_json(const plans::Plan& plan, const ContainerRecord& record) {
  const Json applied = record.plan_values.is_null() ? Json::object() : record.plan_values;
  return {{"container", record.object()},
          {"uuid", record.uuid},
          {"mode", to_text(record.spec.parsed().plan.mode)},
          {"current", record.plan_values == plan.values},
          {"own", own_json(plans::own_keys(applied, record.spec.json()))}};
}

Json problem_json(const Error& error) {
  Json fields = Json::array();
  for (const runtime::FieldError& field : error.fields())
    fields.push_back({{"path", field.path}, {"message", field.message}});
  return {{"code", runtime::code_of(error.kind())}, {"detail", error.what()}, {"fields", std::move(fields)}};
}

// A plan that cannot be read is listed with what is wrong with it.
Json listed(const Context& context, const plans::Texts& texts, const std::string& name) {
  Json item{{"name", name},
            {"includes", Json::array()},
            {"values", nullptr},
            {"containers", members_of(context, name).size()},
            {"error", nullptr}};
  try {
    const plans::Plan plan = plans::resolve(texts, name);
    item["includes"] = plan.includes;
    item["values"] = plan.values;
  } catch (const Error& error) {
    item["error"] = problem_json(error);
  }
  return item;
}

Answer values_answer(const Json& values) {
  return {.status = 200,
          .body = {{"values", values}, {"text", plans::to_text(values)}},
          .etag = "",
          .location = ""};
}

std::string query_text(const Call& call, const char* name) {
  const auto found = call.query.find(name);
  if (found == call.query.end()) throw runtime::wrong_field(name, "is missing");
  return found->second;
}

template <class Parse>
auto query_value(const Call& call, const char* name, Parse parse) {
  const std::string text = query_text(call, name);
  try {
    return parse(text);
  } catch (const Error& error) {
    throw runtime::wrong_field(name, error.what());
  }
}

// --- apply

// "TENANT/NAME" or a uuid.
ContainerRecord target_of(const Context& context, const Json& text) {
  if (!text.is_string()) throw runtime::wrong_field("containers", "must be a list of TENANT/NAME or uuids");
  const std::string name = text;
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos) return context.registry.get(name);
  return context.registry.get(name.substr(slash + 1), name.substr(0, slash));
}

std::vector<ContainerRecord> targets_of(const Context& context, const Call& call) {
  check_members(call.body, {"containers", "followers", "override"});
  for (const char* name : {"followers", "override"})
    if (call.body.contains(name) && !call.body[name].is_boolean())
      throw runtime::wrong_field(name, "must be true or false");
  const bool followers = call.body.value("followers", false);
  const Json containers = call.body.value("containers", Json::array());
  if (!containers.is_array() || containers.size() > kMaxTargets)
    throw runtime::wrong_field("containers", "must be a list of TENANT/NAME or uuids");
  if (followers != containers.empty())
    throw runtime::wrong_field("containers", "name some, or say followers: one of the two");
  std::vector<ContainerRecord> targets;
  for (const Json& one : containers) targets.push_back(target_of(context, one));
  if (followers)
    for (ContainerRecord& record : members_of(context, call.path.at("name")))
      if (follows(record)) targets.push_back(std::move(record));
  return targets;
}

Call change_of(const Call& call, const ContainerRecord& record) {
  Call change;
  change.verb = "container.set";
  change.path["ref"] = record.uuid;
  change.body = Json::object();
  change.actor = call.actor;
  change.dry_run = call.dry_run;
  change.cancelled = call.cancelled;
  return change;
}

Json applied_to(Context& context, const Call& call, const ContainerRecord& record, const PlanUse& use) {
  Json item{{"container", record.object()}, {"uuid", record.uuid}};
  try {
    const Answer answer = change_container(context, change_of(call, record), use);
    item["changed"] = answer.body.at("changed");
    item["own"] = answer.body.at("own");
  } catch (const Error& error) {
    item["error"] = problem_json(error);
  }
  return item;
}

// What is refused is refused in a dry run too.
Answer rehearse(Context& context, const Call& call, const std::vector<ContainerRecord>& targets,
                const PlanUse& use) {
  Json changes = Json::array();
  for (const ContainerRecord& record : targets) {
    changes.push_back({{"do", "apply"}, {"object", "plan " + use.name}, {"value", record.object()}});
    const Answer answer = change_container(context, change_of(call, record), use);
    for (const Json& change : answer.body.at("changes")) changes.push_back(change);
  }
  return {.status = 200, .body = {{"changes", std::move(changes)}}, .etag = "", .location = ""};
}

}  // namespace

Answer list_plans(Context& context, const Call&) {
  const plans::Texts texts = read_plans(context.host.options.plans);
  Json items = Json::array();
  for (const auto& [name, text] : texts) items.push_back(listed(context, texts, name));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer show_plan(Context& context, const Call& call) {
  const plans::Plan plan = plan_of(context, call);
  Json members = Json::array();
  for (const ContainerRecord& record : members_of(context, plan.name))
    members.push_back(member_json(plan, record));
  return {.status = 200,
          .body = {{"name", plan.name},
                   {"includes", plan.includes},
                   {"values", plan.values},
                   {"text", plans::to_text(plan.values)},
                   {"members", std::move(members)}},
          .etag = "",
          .location = ""};
}

Answer apply_plan(Context& context, const Call& call) {
  const std::vector<ContainerRecord> targets = targets_of(context, call);
  const PlanUse use{.name = plan_of(context, call).name, .take_all = call.body.value("override", false)};
  if (call.dry_run) return rehearse(context, call, targets, use);
  Json items = Json::array();
  for (const ContainerRecord& record : targets) {
    if (call.cancelled != nullptr && call.cancelled->load())
      throw Error(ErrorKind::kConflict,
                  "was cancelled after " + std::to_string(items.size()) + " containers");
    if (call.progress) call.progress(record.object(), static_cast<int>(100 * items.size() / targets.size()));
    items.push_back(applied_to(context, call, record, use));
  }
  return {
      .status = 200, .body = {{"plan", use.name}, {"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer check_plan(Context& context, const Call& call) {
  const plans::Plan plan = plan_of(context, call);
  const plans::Report report = plans::check(plan.values, context.control.capacities());
  Json findings = Json::array();
  bool good = true;
  for (const plans::Finding& finding : report.findings) {
    good = good && finding.weight != plans::Weight::kError;
    findings.push_back(
        {{"weight", plans::to_text(finding.weight)}, {"key", finding.key}, {"says", finding.says}});
  }
  const auto number = [](const std::optional<std::uint64_t>& value) { return value ? Json(*value) : Json(); };
  Json resources = Json::array();
  for (const plans::Share& share : report.shares)
    resources.push_back({{"resource", to_text(share.resource)},
                         {"guarantee", share.words.guarantee},
                         {"barrier", number(share.words.barrier)},
                         {"limit", number(share.words.limit)},
                         {"host", number(share.host.total)},
                         {"reserve", share.host.reserve},
                         {"fit", number(share.fit)},
                         {"fit_at_limit", number(share.fit_worst)}});
  return {.status = 200,
          .body = {{"name", plan.name},
                   {"good", good},
                   {"findings", std::move(findings)},
                   {"resources", std::move(resources)}},
          .etag = "",
          .location = ""};
}

Answer split_host(Context& context, const Call& call) {
  return values_answer(plans::split(context.control.capacities(), query_value(call, "count", parse_count)));
}

Answer scale_plan(Context& context, const Call& call) {
  const plans::Factor factor = query_value(call, "factor", plans::parse_factor);
  return values_answer(plans::scale(plan_of(context, call).values, factor));
}

}  // namespace croft::ctl
