// When containers' traffic is written down: now and then, and when a container is no more.
#pragma once

#include <string>

#include "ctl/lifecycle/context.h"

namespace croft::ctl {

// From now on, every minute.
void keep_settling(Context& context);
// A container that was destroyed: its last figures become an event once its link is gone. `object` as events
// name it.
void end_traffic(Context& context, const std::string& uuid, const std::string& object);
// The same for those whose end an earlier daemon did not live to see.
void end_strangers(Context& context);

}  // namespace croft::ctl
