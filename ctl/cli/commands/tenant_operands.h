// KEY=VALUE operands of the tenant commands: resources and labels.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ctl/cli/invocation.h"

namespace croft::ctl {

// The labels among the operands: {"contact":"ops"}; an empty value is null, which removes one. What names a
// resource is none, unless it is written label.NAME.
Json labels_of(const Invocation& call);
// The assignments of resources: {"memory.guarantee", "4G"}. Throws Error for those that cannot be read.
std::map<std::string, std::string> resource_settings_of(const Invocation& call);
// The operands that are names.
std::vector<std::string> names_of(const Invocation& call);

}  // namespace croft::ctl
