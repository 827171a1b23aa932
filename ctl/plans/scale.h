// A plan made larger or smaller by a factor, as vzcfgscale does. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "ctl/spec/json.h"

namespace croft::ctl::plans {

// Millionths, so that what is typed is exact.
struct Factor {
  std::uint64_t millionths = 1'000'000;
};
// "1.5", "0.333333": 0.001 to 1000 with at most six decimals. Throws Error kInvalid.
Factor parse_factor(std::string_view text);

// Guarantee, barrier, limit, share and thresholds are multiplied, and bursts that are amounts of what is
// used; a burst of memory is a time and stays, as do unlimited values, places and cpu.visible. Rounded down
// to the whole unit (bytes, thousandths of a core, items; huge pages to whole pages), but never below the
// least value that the key takes; shares stay within 1..10000. Throws Error for what becomes too large, or
// breaks a rule.
Json scale(const Json& values, Factor factor);

}  // namespace croft::ctl::plans
