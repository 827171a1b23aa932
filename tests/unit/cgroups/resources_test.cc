#include "cgroups/resources.h"

#include <gtest/gtest.h>

namespace croft::cgroups {
namespace {

TEST(Resources, NamesAreReadBack) {
  for (std::size_t i = 0; i < kResourceCount; ++i) {
    const auto resource = static_cast<Resource>(i);
    EXPECT_EQ(resource_of(to_text(resource)), resource);
  }
  EXPECT_EQ(to_text(Resource::kOtherSockets), "sockets.other");
  EXPECT_EQ(unit_of(Resource::kNetOut), Unit::kBytesPerSecond);
  EXPECT_EQ(unit_of(Resource::kIops), Unit::kPerSecond);
  EXPECT_EQ(unit_of(Resource::kCpu), Unit::kMilliCpu);
  EXPECT_EQ(resource_of("Memory"), std::nullopt);
  EXPECT_EQ(action_of(to_text(Action::kThrottle)), Action::kThrottle);
  EXPECT_EQ(action_of("deny"), std::nullopt);
  EXPECT_EQ(oom_policy_of("kill-container"), OomPolicy::kKillContainer);
  EXPECT_EQ(to_text(OomPolicy::kFreeze), "freeze");
  EXPECT_EQ(oom_policy_of(""), std::nullopt);
}

}  // namespace
}  // namespace croft::cgroups
