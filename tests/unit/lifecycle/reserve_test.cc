// Room kept for a full disk, on a file system so small that it can be filled.
#include "ctl/lifecycle/registry/reserve.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/lifecycle/scratch.h"

namespace croft::ctl {
namespace {

std::int64_t bytes_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? std::int64_t{info.st_blocks} * 512 : -1;
}

TEST(Reserve, is_given_up_once_and_taken_again) {
  const ScratchDir scratch;
  const std::string path = scratch.file("state.db.reserve");
  Reserve reserve(path);
  EXPECT_GE(bytes_of(path), 4 << 20);
  EXPECT_TRUE(reserve.release());
  EXPECT_EQ(bytes_of(path), -1);
  EXPECT_FALSE(reserve.release());
  reserve.refill();
  EXPECT_GE(bytes_of(path), 4 << 20);
  EXPECT_TRUE(reserve.release());
}

TEST(Reserve, one_that_was_left_is_used) {
  const ScratchDir scratch;
  const std::string path = scratch.file("state.db.reserve");
  { const Reserve before(path); }
  Reserve reserve(path);
  EXPECT_TRUE(reserve.release());
}

TEST(Reserve, without_a_place_there_is_none) {
  Reserve reserve("/nonexistent/state.db.reserve");
  EXPECT_FALSE(reserve.release());
}

}  // namespace
}  // namespace croft::ctl
