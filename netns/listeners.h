// Ports that the host's own programs have.
#pragma once

#include <optional>
#include <string>

#include "netns/forward.h"

namespace croft::netns {

// A socket of the calling thread's net namespace that would no longer get what the forward takes, as
// "[::]:443"; nothing when there is none. Those on loopback addresses are not touched by forwards. Throws
// Error.
std::optional<std::string> listener_behind(const Forward& forward);

}  // namespace croft::netns
