// The tree of tenants and containers: who is let in, who weighs what, what is told to the groups above.
#include "ctl/resources/pools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Member;
using cgroups::Resource;
using testing::HasSubstr;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

cgroups::Capacities four_cores_eight_gigabytes() {
  return host_capacities(4, 8 * kGiB, 0);
}

Member member(const std::string& name, const std::string& parent, bool container, std::uint64_t cpu,
              std::uint64_t memory, std::uint32_t share = 100) {
  Member one{.name = name, .parent = parent, .container = container, .resources = {}};
  one.resources[Resource::kCpu].guarantee = cpu;
  one.resources[Resource::kCpu].share = share;
  one.resources[Resource::kMemory].guarantee = memory;
  return one;
}

std::string refusal(const Pools& pools, const std::string& key, const Member& one) {
  try {
    pools.check(key, one);
    return "";
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kExhausted);
    return error.what();
  }
}

TEST(Pools, WhatDoesNotFitIsRefusedWithEveryTerm) {
  Pools pools(four_cores_eight_gigabytes());
  pools.put("default", member("default", "", false, 0, 0));
  pools.put("a", member("default/a", "default", true, 0, 3 * kGiB));
  pools.put("b", member("default/b", "default", true, 0, 4 * kGiB));
  EXPECT_EQ(refusal(pools, "c", member("default/c", "default", true, 0, kGiB / 2)), "");
  const std::string text = refusal(pools, "c", member("default/c", "default", true, 0, kGiB));
  EXPECT_THAT(text, HasSubstr("memory"));
  EXPECT_THAT(text, HasSubstr("default"));
}

TEST(Pools, ALimitHoldsForAllBelowIt) {
  Pools pools(four_cores_eight_gigabytes());
  Member above = member("acme", "", false, 0, 0);
  above.resources[Resource::kMemory].limit = 2 * kGiB;
  above.resources[Resource::kCpu].limit = 500;
  Member below = member("dev", "acme", false, 0, 0);
  below.resources[Resource::kMemory].limit = 3 * kGiB;
  below.resources[Resource::kTasks].limit = 10;
  pools.put("acme", above);
  pools.put("dev", below);
  const cgroups::Resources limits = pools.limits_of("dev");
  EXPECT_EQ(limits[Resource::kMemory].limit, 2 * kGiB);
  EXPECT_EQ(limits[Resource::kCpu].limit, 500U);
  EXPECT_EQ(limits[Resource::kTasks].limit, 10U);
  EXPECT_FALSE(pools.limits_of("nobody")[Resource::kMemory].limit);
}

// Lowering is always allowed, even where more is promised than there is.
TEST(Pools, WhatIsShortAlreadyMayGetBetter) {
  Pools pools(four_cores_eight_gigabytes());
  pools.put("default", member("default", "", false, 0, 0));
  pools.put("a", member("default/a", "default", true, 0, 7 * kGiB));
  pools.put("b", member("default/b", "default", true, 0, 7 * kGiB));
  EXPECT_EQ(refusal(pools, "b", member("default/b", "default", true, 0, 6 * kGiB)), "");
  EXPECT_NE(refusal(pools, "b", member("default/b", "default", true, 0, 7 * kGiB + 1)), "");
}

TEST(Pools, ATenantKeepsWhatItWasPromisedAlsoWhenItIsEmpty) {
  Pools pools(four_cores_eight_gigabytes());
  pools.put("acme", member("acme", "", false, 0, 6 * kGiB));
  pools.put("other", member("other", "", false, 0, 0));
  EXPECT_NE(refusal(pools, "x", member("other/x", "other", true, 0, 2 * kGiB)), "");
  EXPECT_EQ(refusal(pools, "y", member("acme/y", "acme", true, 0, 5 * kGiB)), "");
}

TEST(Pools, ProtectionGoesUpThroughAllGroups) {
  Pools pools(four_cores_eight_gigabytes());
  pools.put("acme", member("acme", "", false, 0, 0));
  pools.put("dev", member("dev", "acme", false, 0, 2 * kGiB));
  pools.put("x", member("dev/x", "dev", true, 0, kGiB));
  pools.put("y", member("acme/y", "acme", true, 0, kGiB));
  EXPECT_EQ(pools.tenant_knobs("dev", {}).memory.protect.count, 2 * kGiB);
  EXPECT_EQ(pools.tenant_knobs("acme", {}).memory.protect.count, 3 * kGiB);
  EXPECT_EQ(pools.tenant_knobs("", {}).memory.protect.count, 3 * kGiB);
  EXPECT_EQ(pools.path_of("dev"), "acme/dev");
  pools.remove("x");
  pools.remove("y");
  EXPECT_EQ(pools.tenant_knobs("", {}).memory.protect.count, 2 * kGiB);
}

// The part of the host's CPUs that a group gets when everybody wants everything.
double part(const Pools& pools, const std::string& key) {
  if (key.empty()) return 1;
  const std::string& parent = pools.members().at(key).parent;
  double all = 0;
  for (const auto& [other, one] : pools.members())
    if (one.parent == parent) all += pools.cpu_weight(other);
  return part(pools, parent) * pools.cpu_weight(key) / all;
}

TEST(Pools, EveryAdmittedTreeKeepsItsGuarantees) {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    const std::uint64_t cpus = 1 + random() % 64;
    Pools pools(host_capacities(cpus, 8 * kGiB, 0));
    std::vector<std::string> tenants{""};
    for (int i = 0; i < 4; ++i) {
      const std::string name = "t" + std::to_string(i);
      const Member tenant =
          member(name, tenants[random() % tenants.size()], false, random() % 2 * (random() % (cpus * 300)), 0,
                 static_cast<std::uint32_t>(1 + random() % 1000));
      if (refusal(pools, name, tenant).empty()) {
        pools.put(name, tenant);
        tenants.push_back(name);
      }
    }
    std::vector<std::string> containers;
    for (int i = 0; i < 30; ++i) {
      const std::string key = "c" + std::to_string(i);
      const Member one = member("x/" + key, tenants[random() % tenants.size()], true,
                                random() % 2 * (random() % (cpus * 200)), 0,
                                static_cast<std::uint32_t>(1 + random() % 10000));
      if (one.parent.empty() || !refusal(pools, key, one).empty()) continue;
      pools.put(key, one);
      containers.push_back(key);
    }
    const double capacity =
        static_cast<double>(cpus) * 1000 - static_cast<double>(pools.capacities()[0].reserve);
    for (const std::string& key : containers) {
      const auto guarantee = static_cast<double>(pools.members().at(key).resources[Resource::kCpu].guarantee);
      // 1 % is what rounding weights to 1..10000 may cost at each level (guarantee.h).
      EXPECT_GE(part(pools, key) * capacity, guarantee * 0.97 - 1) << "round " << round << " " << key;
    }
  }
}

// By adding up, from the leaves.
std::uint64_t added_up(const cgroups::Members& members, const std::string& tenant, Resource resource) {
  std::uint64_t sum = 0;
  for (const auto& [key, one] : members) {
    if (one.parent != tenant) continue;
    const std::uint64_t own = one.resources[resource].guarantee;
    sum += one.container ? own : std::max(own, added_up(members, key, resource));
  }
  return sum;
}

TEST(Pools, WhatIsPromisedIsTheSumWhateverCameAndWent) {
  std::mt19937_64 chance(7);
  Pools pools(four_cores_eight_gigabytes());
  const std::vector<std::string> tenants{"a", "b", "a1", "a11"};
  const std::map<std::string, std::string> parents{{"a", ""}, {"b", ""}, {"a1", "a"}, {"a11", "a1"}};
  for (int step = 0; step < 3000; ++step) {
    const std::string& tenant = tenants[chance() % tenants.size()];
    const std::string container = "c" + std::to_string(chance() % 20);
    switch (chance() % 4) {
      case 0:
        pools.put(tenant, member(tenant, parents.at(tenant), false, chance() % 500, chance() % kGiB));
        break;
      case 1:
        pools.remove(container);
        break;
      default:  // also one that is there, and into another tenant
        pools.put(container, member(container, tenant, true, chance() % 100, chance() % kGiB,
                                    chance() % 2 == 0 ? 100 : 50));
    }
    for (const Resource resource : {Resource::kCpu, Resource::kMemory, Resource::kIo}) {
      ASSERT_EQ(pools.promised("", resource), added_up(pools.members(), "", resource)) << step;
      for (const std::string& one : tenants) {
        if (!pools.members().contains(one)) continue;
        const std::uint64_t own = pools.members().at(one).resources[resource].guarantee;
        ASSERT_EQ(pools.promised(one, resource), std::max(own, added_up(pools.members(), one, resource)));
      }
    }
  }
}

TEST(Pools, StartsDoNotRewriteEverybody) {
  Pools pools(host_capacities(16, 64 * kGiB, 0));
  pools.put("default", member("default", "", false, 0, 0));
  std::size_t rewritten = 0;
  for (int i = 0; i < 1000; ++i) {
    pools.put("c" + std::to_string(i), member("default/c", "default", true, 10, 0));
    rewritten += pools.moved().size();
  }
  EXPECT_LT(rewritten, 60'000U) << "of 500,000 if every start wrote all others";
}

}  // namespace
}  // namespace croft::ctl
