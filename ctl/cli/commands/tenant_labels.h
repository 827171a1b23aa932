// LABEL=VALUE operands of the tenant commands.
#pragma once

#include "ctl/cli/invocation.h"

namespace croft::ctl {

// The labels among the operands: {"plan":"small"}; an empty value is null, which removes one.
Json labels_of(const Invocation& call);
// The operands that are names.
std::vector<std::string> names_of(const Invocation& call);

}  // namespace croft::ctl
