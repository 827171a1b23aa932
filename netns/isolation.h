// Which other containers one reaches, and is reached by.
#pragma once

#include <cstdint>

namespace croft::netns {

enum class Isolation : std::uint8_t {
  kTenant,  // those of its tenant, and those that are not isolated
  kNone,    // all but those that are isolated from all
  kAll,     // none
};

}  // namespace croft::netns
