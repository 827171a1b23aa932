// When containers' traffic is written down: now and then, and when a container is no more.
#pragma once

#include <string>
#include <vector>

#include "ctl/lifecycle/context.h"
#include "netns/guard.h"

namespace croft::ctl {

// From now on, every minute.
void keep_settling(Context& context);
// A container that was destroyed: its last figures become an event once its link is gone, and what was
// dropped of it until then is forgotten. `object` as events name it.
void end_traffic(Context& context, const std::string& uuid, const std::string& object,
                 std::vector<netns::Guard> guards = {});
// The same for those whose end an earlier daemon did not live to see.
void end_strangers(Context& context);

}  // namespace croft::ctl
