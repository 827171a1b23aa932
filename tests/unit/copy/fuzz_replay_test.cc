// The fuzzer's seeds, with every found input added to them, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/fuzz/copy/targets.h"
#include "tests/unit/templates/scratch.h"

namespace croft::ctl {
namespace {

TEST(FuzzReplay, Places) {
  int count = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/copy/corpus/place")) {
    SCOPED_TRACE(file.path().filename());
    fuzz::place(templates::test::from_base64(templates::test::get_file(file.path())));
    ++count;
  }
  EXPECT_GE(count, 5);
}

}  // namespace
}  // namespace croft::ctl
