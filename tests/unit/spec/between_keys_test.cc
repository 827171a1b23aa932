// Rules between keys.
#include <gtest/gtest.h>

#include <vector>

#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

std::vector<runtime::FieldError> errors_of(const Json& json) {
  try {
    parse_spec(json);
    return {};
  } catch (const runtime::Error& error) {
    return error.fields();
  }
}

TEST(BetweenKeys, SnapshotsOnScheduleExpire) {
  EXPECT_EQ(errors_of({{"template", "t"}, {"snapshot", {{"schedule", "1d"}}}}).at(0).path, "snapshot.keep");
  EXPECT_EQ(errors_of({{"template", "t"}, {"snapshot", {{"keep", "7d"}}}}).at(0).path, "snapshot.schedule");
  EXPECT_EQ(
      errors_of({{"template", "t"}, {"snapshot", {{"schedule", "1d"}, {"keep", "150h,60d"}}}}).at(0).path,
      "snapshot.keep");
}

// It is gone when it stops: there is nothing to start again, nor to keep.
TEST(BetweenKeys, AnEphemeralContainerNeitherStartsAgainNorIsProtected) {
  const auto path_of = [](const char* key, const Json& value) {
    return errors_of({{"template", "t"}, {"ephemeral", true}, {key, value}}).at(0).path;
  };
  EXPECT_EQ(path_of("restart", "always"), "restart");
  EXPECT_EQ(path_of("protected", true), "protected");
  EXPECT_EQ(errors_of({{"template", "t"}, {"boot", {{"order", 10000}}}}).at(0).path, "boot.order");
  EXPECT_EQ(errors_of({{"template", "t"}, {"boot", {{"delay", "61min"}}}}).at(0).path, "boot.delay");
  EXPECT_EQ(errors_of({{"template", "t"}, {"onboot", true}}).at(0).path, "onboot");
}

}  // namespace
}  // namespace croft::ctl
