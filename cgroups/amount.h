// Amounts as people read them in messages: "3.5G", "0.25 cores", "100M/s". Rounded; exact texts that are read
// back are made where specs are.
#pragma once

#include <cstdint>
#include <string>

#include "cgroups/resources.h"

namespace croft::cgroups {

// At most two decimals, sizes binary: "1.5G", "100M/s", "0.25", "1500/s", "12".
std::string shown(Unit unit, std::uint64_t value);
// To the last byte: "3221225473", "0.25", "1500/s".
std::string shown_exactly(Unit unit, std::uint64_t value);

}  // namespace croft::cgroups
