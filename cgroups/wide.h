// Arithmetic on 64-bit amounts that neither wraps nor loses the upper half of a product: results that do not
// fit are the largest number, differences below zero are 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace croft::cgroups {

__extension__ using Wide = unsigned __int128;

inline constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint64_t narrow(Wide value) {
  return value > kMost ? kMost : static_cast<std::uint64_t>(value);
}
constexpr std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  return narrow(Wide{a} + b);
}
constexpr std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}
// a * b / c, rounded down; c is not 0.
constexpr std::uint64_t scaled(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return narrow(Wide{a} * b / c);
}
constexpr Wide divided_up(Wide a, Wide b) {
  return a / b + (a % b != 0 ? 1 : 0);
}
// Up to the next multiple of `step`, which is not 0.
constexpr std::uint64_t rounded_up(std::uint64_t value, std::uint64_t step) {
  return narrow(divided_up(value, step) * step);
}

}  // namespace croft::cgroups
