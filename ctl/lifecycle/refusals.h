// Tells with events of connections that were refused: those beyond a container's own limit, and those of
// anybody that the kernel's table had no room for.
#pragma once

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

// From now on, every ten seconds, of what was refused since the time before.
void keep_telling_refusals(Context& context);

}  // namespace croft::ctl
