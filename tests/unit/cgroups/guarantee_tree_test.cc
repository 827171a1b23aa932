#include <gtest/gtest.h>

#include "cgroups/admission.h"
#include "cgroups/guarantee.h"
#include "tests/unit/cgroups/tenants.h"

namespace croft::cgroups {
namespace {

constexpr Resource kCpu = Resource::kCpu;

// A host on which everybody wants everything.
struct Contention {
  const Members& members;
  std::map<std::string, std::uint64_t> counts = counted(members, kCpu);
  bool exact = true;  // no level was so full that rounding took part of a guarantee

  // Divides what `above` is sure to get among those below it, and so on; compares containers with what they
  // were promised.
  void divide(const std::string& above, std::uint64_t capacity) {
    std::vector<std::string> keys;
    std::vector<Claim> claims;
    std::vector<std::uint32_t> weights;
    std::uint64_t promised = 0;
    for (const auto& [key, one] : members) {
      if (one.parent != above) continue;
      keys.push_back(key);
      claims.push_back({counts.at(key), one.resources[kCpu].share});
      promised += claims.back().guarantee;
    }
    const Factor factor = factor_of(claims, capacity);
    for (const Claim& claim : claims) weights.push_back(weight_of(claim, factor));
    const Wide rounding = Wide{claims.size()} << (32 + factor.unit);
    if ((Wide{promised} << 32) + rounding > Wide{capacity} << 32) exact = false;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint64_t part = contended_part(weights[i], weights, capacity);
      // 40 siblings lose less than 40 / 5000 on each of three levels, and a unit where it is rounded down.
      ASSERT_GE((part + 4) * 1000, claims[i].guarantee * (exact ? 1000 : 975)) << keys[i];
      ASSERT_TRUE(!exact || part >= claims[i].guarantee) << keys[i];
      ASSERT_NO_FATAL_FAILURE(divide(keys[i], part));
    }
  }
};

TEST(Guarantee, HoldsInTreesOfTenantsAndContainers) {
  std::size_t admitted = 0, exact = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE(seed);
    Chance chance(seed);
    const Members members = any_members(chance, kCpu, 500);
    Capacities capacities;
    const std::uint64_t total = chance.below(32000);
    capacities[static_cast<std::size_t>(kCpu)] = {total, 500};
    if (!shortages(members, capacities).empty()) continue;
    Contention contention{members};
    // What the host gives to Croft beside its own, now and then not a bit more than was promised.
    const std::uint64_t promised = host_sum(members, capacities, kCpu).total;
    ASSERT_NO_FATAL_FAILURE(contention.divide("", chance.one_in(3) ? promised : minus(total, 500)));
    ++admitted;
    exact += contention.exact ? 1 : 0;
  }
  EXPECT_GT(admitted, 500U);
  EXPECT_GT(exact, 100U);
}

}  // namespace
}  // namespace croft::cgroups
