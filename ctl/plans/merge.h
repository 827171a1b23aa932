// Applying a plan to a container as a merge of three: the plan's values as they were last applied to it, the
// plan's values now, and what the container has. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctl/spec/json.h"

namespace croft::ctl::plans {

// A key that an operator set to something else than the plan says, and that therefore stays.
struct Own {
  std::string key;
  Json value;       // the container's; null when unset
  Json plan_value;  // what the plan would have it be; null when the plan does not say it any more
  bool operator==(const Own&) const = default;
};

struct Merge {
  Json spec;
  std::vector<Own> own;
};

// `applied` is empty when no plan was applied before: then every value of the plan is taken, as with
// `take_all`. A key follows the plan when its value is what was applied, or the default where the plan did
// not say it; one that the plan says no more has its default again. All JSON is canonical.
Merge merge(const std::optional<Json>& applied, const Json& now, const Json& spec, bool take_all = false);

// The keys of `spec` that are not what `applied` says.
std::vector<Own> own_keys(const Json& applied, const Json& spec);

}  // namespace croft::ctl::plans
