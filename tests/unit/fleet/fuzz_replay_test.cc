// The fuzzer's seed corpus, with every found input added to it, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/fd.h"
#include "tests/fuzz/fleet/targets.h"

namespace croft::ctl {
namespace {

// Each input, and each of its prefixes, which reaches most half-finished forms.
TEST(FuzzReplay, Fleet) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/fleet/corpus/fleet")) {
    const std::string text = runtime::read_file(entry.path().string());
    for (std::size_t size = 0; size <= text.size(); ++size)
      fleet_fuzz::fleet(std::string_view(text).substr(0, size));
    ++inputs;
  }
  EXPECT_GE(inputs, 5);
}

}  // namespace
}  // namespace croft::ctl
