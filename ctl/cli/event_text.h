// What an event says beside its kind and object, in words where the kind is known. Pure.
#pragma once

#include <string>

#include "ctl/client/client.h"

namespace croft::ctl {

// "memory 812M, over its threshold of 800M (event)"; of other kinds the members of its detail, and nothing
// where there is none. Not yet made visible: names of processes come from inside containers.
std::string event_text(const Json& event);

}  // namespace croft::ctl
