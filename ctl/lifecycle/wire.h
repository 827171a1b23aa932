// Whether somebody on a container's network has an address that it is to have.
#pragma once

#include "ctl/lifecycle/context.h"
#include "ctl/spec/spec.h"

namespace croft::ctl {

// Asks on the wire (netns/probe.h) for addresses that `after` states and `before` does not. What containers
// have is the registry's to refuse, and not asked for. Throws Error kInvalid that names who answers.
void check_wire(const Context& context, const Spec& before, const Spec& after);

}  // namespace croft::ctl
