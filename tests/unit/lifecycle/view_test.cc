// What a container is to see of its machine: its own limits, its tenant's, and what it is told to be shown.
#include "ctl/lifecycle/view.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "ctl/spec/spec.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;
constexpr const char* kEight = "0-7";

unsigned cpus(const Spec& spec, const cgroups::Resources& tenant = {}) {
  return bounds_of(spec, tenant, kEight).cpus;
}

TEST(Bounds, CpusAreThoseOfTheLimitRoundedUp) {
  Spec spec;
  EXPECT_EQ(cpus(spec), 8U);
  spec.resources[Resource::kCpu].limit = 2500;
  EXPECT_EQ(cpus(spec), 3U);
  spec.resources[Resource::kCpu].limit = 10;
  EXPECT_EQ(cpus(spec), 1U);
  spec.resources[Resource::kCpu].limit = 64000;
  EXPECT_EQ(cpus(spec), 8U);
  spec.resources.cpus = "0,4-5";
  EXPECT_EQ(cpus(spec), 3U);
}

TEST(Bounds, WhatIsToBeSeenIsSeenUpToTheHosts) {
  Spec spec;
  spec.resources[Resource::kCpu].limit = 1000;
  spec.resources.cpus = "0-1";
  spec.visible_cpus = 4;
  EXPECT_EQ(cpus(spec), 4U);
  spec.visible_cpus = 200;
  EXPECT_EQ(cpus(spec), 8U);
}

TEST(Bounds, ATenantsSmallerLimitIsItsOwn) {
  Spec spec;
  spec.resources[Resource::kMemory].limit = 4 * kGiB;
  spec.resources[Resource::kMemory].barrier = 3 * kGiB;
  spec.resources[Resource::kSwap].limit = kGiB;
  cgroups::Resources tenant;
  tenant[Resource::kMemory].limit = 2 * kGiB;
  tenant[Resource::kCpu].limit = 1500;
  tenant[Resource::kSwap].limit = 2 * kGiB;
  tenant[Resource::kMemswap].limit = 3 * kGiB;
  const view::Bounds bounds = bounds_of(spec, tenant, kEight);
  EXPECT_EQ(bounds.memory, 2 * kGiB);
  EXPECT_EQ(bounds.barrier, 2 * kGiB);
  EXPECT_EQ(bounds.swap, kGiB);
  EXPECT_EQ(bounds.memswap, 3 * kGiB);
  EXPECT_EQ(bounds.cpus, 2U);
}

}  // namespace
}  // namespace croft::ctl
