// What many containers need of the kernel.
#include "ctl/lifecycle/capacity.h"

#include <gtest/gtest.h>

#include <set>

namespace croft::ctl {
namespace {

TEST(Capacity, GrowsWithTheContainersAndStaysWithinTheKernelsBounds) {
  const std::vector<Need> few = sysctl_needs(1);
  const std::vector<Need> many = sysctl_needs(kMostContainers);
  ASSERT_EQ(few.size(), many.size());
  std::set<std::string> names;
  for (std::size_t i = 0; i < few.size(); ++i) {
    EXPECT_TRUE(names.insert(few[i].what).second) << few[i].what;
    EXPECT_EQ(few[i].what, many[i].what);
    EXPECT_LE(few[i].needed, many[i].needed);
    EXPECT_GT(few[i].needed, 0U);
    EXPECT_LE(many[i].needed, 2147483647U) << "sysctls are numbers of 32 bits: " << many[i].what;
    EXPECT_TRUE(few[i].sysctl && !few[i].why.empty());
    if (few[i].what == "kernel.pid_max") {
      EXPECT_LE(many[i].needed, 4194304U);
    }
  }
}

TEST(Capacity, NamesArePathsBelowProcSys) {
  EXPECT_EQ(sysctl_path("fs.aio-max-nr"), "/proc/sys/fs/aio-max-nr");
  EXPECT_EQ(sysctl_path("net.ipv4.neigh.default.gc_thresh3"), "/proc/sys/net/ipv4/neigh/default/gc_thresh3");
}

}  // namespace
}  // namespace croft::ctl
