#include "ctl/cli/figures.h"

#include <gtest/gtest.h>

namespace croft::ctl {
namespace {

TEST(Figures, SizesAreRoundedToTheUnitBelow) {
  EXPECT_EQ(human_size(0), "0");
  EXPECT_EQ(human_size(1023), "1023");
  EXPECT_EQ(human_size(1024), "1.0K");
  EXPECT_EQ(human_size(std::uint64_t{1} << 30), "1.0G");
  EXPECT_EQ(human_size(std::uint64_t{512} << 20), "512M");
  EXPECT_EQ(human_size((std::uint64_t{1} << 30) - 1), "1.0G");
  EXPECT_EQ(human_size(10188), "9.9K");
  EXPECT_EQ(human_size(10220), "10K");
  EXPECT_EQ(human_size(~std::uint64_t{0}), "16E");
}

TEST(Figures, CoresAndSpans) {
  EXPECT_EQ(human_cores(500), "0.5");
  EXPECT_EQ(human_cores(2000), "2");
  EXPECT_EQ(human_cores(1), "0.001");
  EXPECT_EQ(human_span(59), "59s");
  EXPECT_EQ(human_span(61), "1min");
  EXPECT_EQ(human_span(7200), "2h");
  EXPECT_EQ(human_span(86400 * 3), "3d");
}

TEST(Figures, TimesAreUtc) {
  EXPECT_EQ(parse_time("1970-01-02T00:00:00Z"), 86400);
  EXPECT_EQ(parse_time("1970-01-01T00:00:01.250000Z"), 1);
  EXPECT_FALSE(parse_time("yesterday"));
  EXPECT_EQ(local_time("never"), "never");
}

TEST(Figures, PlainTextOfJson) {
  EXPECT_EQ(plain(nullptr), "-");
  EXPECT_EQ(plain(Json::array({"a", "b"})), "a,b");
  EXPECT_EQ(plain(Json::array()), "-");
  EXPECT_EQ(plain(Json{{"k", "v"}}), "k=v");
  EXPECT_EQ(plain(true), "yes");
  EXPECT_EQ(limit_text(std::uint64_t{1} << 20, human_size), "1.0M");
  EXPECT_EQ(limit_text("unlimited", human_size), "unlimited");
}

TEST(Figures, PathsThatAreNotThereAreNull) {
  const Json value{{"a", {{"b", 1}}}};
  EXPECT_EQ(at_path(value, {"a", "b"}), 1);
  EXPECT_TRUE(at_path(value, {"a", "c"}).is_null());
  EXPECT_TRUE(at_path(value, {"a", "b", "c"}).is_null());
  EXPECT_EQ(text_at(value, "a"), "");
}

}  // namespace
}  // namespace croft::ctl
