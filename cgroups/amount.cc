#include "cgroups/amount.h"

#include <array>
#include <utility>

#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

std::string per_second(Unit unit) {
  return unit == Unit::kBytesPerSecond || unit == Unit::kPerSecond ? "/s" : "";
}

// `value` of which `one` makes 1, with at most `digits` decimals, rounded to the nearest.
std::string decimal(std::uint64_t value, std::uint64_t one, unsigned digits) {
  std::uint64_t power = 1;
  for (unsigned i = 0; i < digits; ++i) power *= 10;
  const Wide parts = (Wide{value} * power + one / 2) / one;
  std::string text = std::to_string(narrow(parts / power));
  std::string rest = std::to_string(narrow(parts % power + power)).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return rest.empty() ? text : text + "." + rest;
}

std::string size(std::uint64_t value) {
  constexpr std::array<std::pair<char, unsigned>, 4> kUnits{{{'T', 40}, {'G', 30}, {'M', 20}, {'K', 10}}};
  for (const auto& [letter, bits] : kUnits)
    if (value >> bits > 0) return decimal(value, std::uint64_t{1} << bits, 2) + letter;
  return std::to_string(value);
}

}  // namespace

std::string shown(Unit unit, std::uint64_t value) {
  if (unit != Unit::kBytes && unit != Unit::kBytesPerSecond) return shown_exactly(unit, value);
  return size(value) + per_second(unit);
}

std::string shown_exactly(Unit unit, std::uint64_t value) {
  if (unit == Unit::kMilliCpu) return decimal(value, 1000, 3);
  return std::to_string(value) + per_second(unit);
}

}  // namespace croft::cgroups
