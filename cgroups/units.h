// Units of resource values, as types: a number of bytes is never taken for milli-CPUs or microseconds.
#pragma once

#include <compare>
#include <cstdint>

namespace croft::cgroups {

struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

// Thousandths of one CPU: 500 is half a core, 2000 two cores.
struct MilliCpu {
  std::uint64_t count = 0;
  auto operator<=>(const MilliCpu&) const = default;
};

struct Micros {
  std::uint64_t count = 0;
  auto operator<=>(const Micros&) const = default;
};

}  // namespace croft::cgroups
