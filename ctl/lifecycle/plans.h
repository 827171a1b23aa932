// Plans at work: the files of this host, and what they make of a container's specification.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ctl/lifecycle/context.h"
#include "ctl/plans/library.h"
#include "ctl/plans/merge.h"

namespace croft::ctl {

// Files NAME.plan of a directory; one that is not there has none. Throws Error.
plans::Texts read_plans(const std::string& directory);

struct PlannedSpec {
  Json spec;
  std::optional<Json> plan_values;  // for the registry; empty: as they were
  std::vector<plans::Own> own;      // keys that did not follow the plan
};

// What a new container is to have: its plan's values below those that were given. Throws Error kInvalid when
// there is no such plan.
PlannedSpec plan_at_creation(const Context& context, const Json& given);

// A plan to apply again, or in place of another.
struct PlanUse {
  std::string name;
  bool take_all = false;  // also what an operator changed
};
// `change` is what is asked for, from a specification to a specification; a plan that it names, or `use`
// does, is applied below it.
using SpecChange = std::function<Json(const Json& spec)>;
PlannedSpec plan_at_change(const Context& context, const ContainerRecord& record, const SpecChange& change,
                           const std::optional<PlanUse>& use);

// [{"key","value","plan"}...]
Json own_json(const std::vector<plans::Own>& own);

}  // namespace croft::ctl
