// Settings as an operator types them and reads them.
#include "ctl/cli/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace croft::ctl {
namespace {

using ::testing::Contains;
using ::testing::Pair;

TEST(Settings, AreShownAsTheyAreTyped) {
  const Json spec =
      spec_of({"net.mode=routed", "nic.lan.mode=routed", "nic.lan.mtu=1400", "memory.limit=64M"});
  const auto shown = flat_spec(spec);
  EXPECT_THAT(shown, Contains(Pair("net.mode", "routed")));
  EXPECT_THAT(shown, Contains(Pair("nic.lan.mode", "routed")));
  EXPECT_THAT(shown, Contains(Pair("nic.lan.mtu", "1400")));
  EXPECT_THAT(shown, Contains(Pair("memory.limit", "64M")));
}

TEST(Settings, OfOneKeyAreGivenOnce) {
  EXPECT_THROW(parse_assignments({"net.mode=routed", "net.mode=none"}), runtime::Error);
  EXPECT_THAT(parse_assignments({"net.address+=10.1.0.1", "net.address+=10.1.0.2"}),
              Contains(Pair("net.address+", "10.1.0.1,10.1.0.2")));
  EXPECT_THROW(parse_assignments({"net.mode"}), runtime::Error);
}

}  // namespace
}  // namespace croft::ctl
