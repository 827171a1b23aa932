// Which way packets go, seen from the container.
#pragma once

#include <cstdint>

namespace croft::netns {

enum class Direction : std::uint8_t { kIn, kOut };

}  // namespace croft::netns
