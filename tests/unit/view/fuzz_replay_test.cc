// The fuzzers' seed corpora, with every found input added to them, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/fd.h"
#include "tests/fuzz/view/targets.h"

namespace croft::view {
namespace {

TEST(FuzzReplay, Text) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/view/corpus/text")) {
    const std::string text = runtime::read_file(entry.path().string());
    for (std::size_t size = 0; size <= text.size(); ++size)
      fuzz::text(std::string_view(text).substr(0, size));
    ++inputs;
  }
  EXPECT_GE(inputs, 4);
}

}  // namespace
}  // namespace croft::view
