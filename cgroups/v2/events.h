// cgroup.events: what the kernel tells about a group without being asked ("populated", "frozen").
#pragma once

#include <cstdint>
#include <string_view>

#include "cgroups/drivers.h"

namespace croft::cgroups::v2 {

std::uint64_t event(const runtime::Fd& directory, std::string_view key);
// Sleeps until `key` has the value; false after `timeout`.
bool wait_event(const runtime::Fd& directory, std::string_view key, std::uint64_t value,
                Milliseconds timeout);

}  // namespace croft::cgroups::v2
