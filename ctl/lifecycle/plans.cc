#include "ctl/lifecycle/plans.h"

#include "ctl/lifecycle/text_files.h"
#include "ctl/plans/file.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/tree.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// Empty when there is none; what is no text is for parse_spec to refuse.
std::string plan_name_in(const Json& spec) {
  const Json* name = tree::find(spec, "plan.name");
  return name != nullptr && name->is_string() ? name->get<std::string>() : std::string();
}

plans::Plan plan_named(const Context& context, const std::string& name) {
  try {
    return plans::resolve(read_plans(context.host.options.plans), name);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kNotFound) throw runtime::wrong_field("plan.name", error.what());
    throw;
  }
}

}  // namespace

plans::Texts read_plans(const std::string& directory) {
  return read_text_files({.directory = directory,
                          .suffix = ".plan",
                          .what = "plans",
                          .check_name = check_plan_name,
                          .most = plans::kMaxPlans,
                          .bytes = plans::kMaxFileBytes});
}

PlannedSpec plan_at_creation(const Context& context, const Json& given) {
  const std::string name = plan_name_in(given);
  if (name.empty()) return {.spec = to_json(parse_spec(given)), .plan_values = {}, .own = {}};
  const plans::Plan plan = plan_named(context, name);
  PlannedSpec planned;
  planned.spec = to_json(parse_spec(merge_patch(plan.values, given)));
  planned.own = plans::own_keys(plan.values, planned.spec);
  planned.plan_values = plan.values;
  return planned;
}

PlannedSpec plan_at_change(const Context& context, const ContainerRecord& record, const SpecChange& change,
                           const std::optional<PlanUse>& use) {
  PlannedSpec planned;
  planned.spec = change(record.spec.json());
  const std::string name = use ? use->name : plan_name_in(planned.spec);
  if (!use && name == plan_name_in(record.spec.json())) return planned;
  if (name.empty()) {
    planned.plan_values = Json();
    return planned;
  }
  const plans::Plan plan = plan_named(context, name);
  std::optional<Json> applied;
  if (!record.plan_values.is_null()) applied = record.plan_values;
  plans::Merge merged = plans::merge(applied, plan.values, record.spec.json(), use && use->take_all);
  planned.spec = change(merged.spec);
  tree::place(planned.spec, "plan.name") = name;
  planned.plan_values = plan.values;
  planned.own = std::move(merged.own);
  return planned;
}

Json own_json(const std::vector<plans::Own>& own) {
  Json list = Json::array();
  for (const plans::Own& one : own)
    list.push_back({{"key", one.key}, {"value", one.value}, {"plan", one.plan_value}});
  return list;
}

}  // namespace croft::ctl
