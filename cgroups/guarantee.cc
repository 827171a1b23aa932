#include "cgroups/guarantee.h"

#include <algorithm>

#include "cgroups/knobs.h"
#include "cgroups/resources.h"
#include "cgroups/wide.h"

namespace croft::cgroups {
namespace {

// F and everything that it is added to are counted in 2^-kFraction of the capacity's unit.
constexpr std::int32_t kFraction = 32;
// A step of F has its leading bits only: kFactorSteps..2 * kFactorSteps - 1, times a power of two.
constexpr Wide kLeastFactor = kFactorSteps;
// How many powers of two a kept unit may be coarser than the finest.
constexpr std::int32_t kCoarser = 4;

Wide fixed(std::uint64_t value) {
  return Wide{value} << kFraction;
}

Wide value_of(const Claim& claim, Wide factor) {
  return fixed(claim.guarantee) + factor * std::clamp(claim.share, kLeastShare, kMostShare);
}

struct Level {
  Wide guarantees = 0;
  Wide shares = 0;
  Wide count = 0;
};

Level level_of(std::span<const Claim> claims) {
  Level level;
  for (const Claim& one : claims) {
    level.guarantees += fixed(one.guarantee) * one.count;
    level.shares += Wide{one.count} * std::clamp(one.share, kLeastShare, kMostShare);
    level.count += one.count;
  }
  level.shares = std::max(level.shares, Wide{1});
  return level;
}

// The largest factor with which all weights, were `rounding` lost on them, fit into the capacity.
Wide largest(const Level& level, std::uint64_t capacity, Wide rounding) {
  const Wide taken = level.guarantees + rounding;
  const Wide all = fixed(capacity);
  return all > taken ? (all - taken) / level.shares : 0;
}

Wide one_of_weight(std::int32_t unit) {
  return Wide{1} << static_cast<unsigned>(unit + kFraction);
}

bool fits(Wide value, std::int32_t unit) {
  return value <= kMostWeight * one_of_weight(unit);
}

Wide largest_value(std::span<const Claim> claims, Wide factor) {
  Wide value = 0;
  for (const Claim& one : claims) value = std::max(value, value_of(one, factor));
  return value;
}

std::int32_t finest_unit(std::span<const Claim> claims, const Level& level, std::uint64_t capacity) {
  const Wide value = largest_value(claims, std::max(kLeastFactor, largest(level, capacity, 0)));
  std::int32_t unit = -kFraction;
  while (!fits(value, unit)) ++unit;
  return unit;
}

Wide step_at(Wide factor) {
  if (factor <= kLeastFactor) return kLeastFactor;
  unsigned zeros = 0;
  while ((factor >> zeros) >= 2 * kFactorSteps) ++zeros;
  return (factor >> zeros) << zeros;
}

Wide step_below(Wide step) {
  return step_at(step - 1);
}

Factor as_ratio(Wide step, std::int32_t unit) {
  std::int32_t zeros = 0;
  while (zeros < kFraction && (step >> zeros) % 2 == 0) ++zeros;
  return {narrow(step >> zeros), std::uint64_t{1} << (kFraction - zeros), unit};
}

Wide step_of(const Factor& factor) {
  return fixed(factor.numerator) / std::max<std::uint64_t>(factor.denominator, 1);
}

Wide step_for(const Level& level, std::uint64_t capacity, std::int32_t unit) {
  return step_at(largest(level, capacity, level.count * one_of_weight(unit)));
}

}  // namespace

Factor factor_of(std::span<const Claim> claims, std::uint64_t capacity) {
  const Level level = level_of(claims);
  const std::int32_t unit = finest_unit(claims, level, capacity);
  return as_ratio(step_for(level, capacity, unit), unit);
}

bool still_good(const Factor& before, std::span<const Claim> claims, std::uint64_t capacity) {
  const Level level = level_of(claims);
  const Wide step = step_of(before);
  if (step < kLeastFactor || !fits(largest_value(claims, step), before.unit)) return false;
  if (step > kLeastFactor && step > largest(level, capacity, level.count * one_of_weight(before.unit)))
    return false;
  const std::int32_t finest = finest_unit(claims, level, capacity);
  return before.unit <= finest + kCoarser && step >= step_below(step_for(level, capacity, finest));
}

std::uint32_t weight_of(const Claim& claim, const Factor& factor) {
  const Wide value = value_of(claim, step_of(factor));
  const Wide one = one_of_weight(factor.unit);
  const Wide weight = claim.guarantee > 0 ? divided_up(value, one) : value / one;
  return static_cast<std::uint32_t>(std::clamp(weight, Wide{kLeastWeight}, Wide{kMostWeight}));
}

std::uint64_t contended_part(std::uint32_t own, std::span<const std::uint32_t> all, std::uint64_t capacity) {
  std::uint64_t sum = 0;
  for (const std::uint32_t one : all) sum += one;
  return sum == 0 ? 0 : scaled(capacity, own, sum);
}

std::uint32_t weight_beside(std::uint64_t siblings, std::uint64_t capacity, std::uint64_t reserve) {
  if (reserve == 0) return kMostWeight;
  const Wide weight = divided_up(Wide{siblings} * minus(capacity, reserve), reserve);
  return static_cast<std::uint32_t>(std::clamp(weight, Wide{kLeastWeight}, Wide{kMostWeight}));
}

}  // namespace croft::cgroups
