#include "templates/entry.h"

#include <gtest/gtest.h>

#include "runtime/error.h"
#include "templates/bounds.h"

namespace croft::templates {
namespace {

using runtime::Error;

TEST(CleanPath, MakesPathsRelative) {
  EXPECT_EQ(clean_path("./usr/bin/env"), "usr/bin/env");
  EXPECT_EQ(clean_path("/etc//passwd"), "etc/passwd");
  EXPECT_EQ(clean_path("///a/./b/"), "a/b");
  EXPECT_EQ(clean_path("./"), "");
  EXPECT_EQ(clean_path("/"), "");
  EXPECT_EQ(clean_path("..."), "...");
  EXPECT_EQ(clean_path("a/..b"), "a/..b");
}

TEST(CleanPath, RefusesWhatLeadsOutside) {
  for (const char* path : {"..", "../x", "a/../b", "a/..", "/..", "./../etc"})
    EXPECT_THROW(clean_path(path), Error) << path;
  EXPECT_THROW(clean_path(""), Error);
}

TEST(CleanPath, KeepsToItsBounds) {
  EXPECT_EQ(clean_path(std::string(kMaxNameLength, 'a')).size(), kMaxNameLength);
  EXPECT_THROW(clean_path(std::string(kMaxNameLength + 1, 'a')), Error);
  std::string deep;
  for (std::size_t i = 0; i < kMaxDepth; ++i) deep += "d/";
  EXPECT_EQ(clean_path(deep).size(), 2 * kMaxDepth - 1);
  EXPECT_THROW(clean_path(deep + "d"), Error);
  std::string many;
  while (many.size() <= kMaxPathLength) many += std::string(200, 'a') + "/";
  EXPECT_THROW(clean_path(many), Error);
}

TEST(Paths, SplitAtTheLastSlash) {
  EXPECT_EQ(parent_of("a/b/c"), "a/b");
  EXPECT_EQ(name_of("a/b/c"), "c");
  EXPECT_EQ(parent_of("a"), "");
  EXPECT_EQ(name_of("a"), "a");
}

TEST(Shown, LetsNothingSteerATerminal) {
  EXPECT_EQ(shown("caf\xc3\xa9"), "`caf\xc3\xa9`");
  EXPECT_EQ(shown("a\nb\x1b[31m"), "`a\\x0ab\\x1b[31m`");
  EXPECT_EQ(shown("\x7f\xc2\x9b"), "`\\x7f\\xc2\\x9b`");
  EXPECT_EQ(shown("\xff\xc3"), "`\\xff\\xc3`");
  EXPECT_EQ(shown("\xe0\x80\xaf"), "`\\xe0\\x80\\xaf`");  // overlong "/"
  EXPECT_LT(shown(std::string(5000, 'x')).size(), 250U);
}

}  // namespace
}  // namespace croft::templates
