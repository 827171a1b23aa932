// The fuzzers' seed corpus, with every found input added to it, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "runtime/fd.h"
#include "tests/fuzz/runtime/targets.h"

namespace croft::runtime {
namespace {

// Each input, and each of its prefixes, which reaches most half-finished forms.
void replay(const std::string& name, const std::function<void(std::string_view)>& target) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/runtime/corpus/" + name)) {
    const std::string text = runtime::read_file(entry.path().string());
    for (std::size_t size = 0; size <= text.size(); ++size) target(std::string_view(text).substr(0, size));
    ++inputs;
  }
  EXPECT_GE(inputs, 5);
}

TEST(FuzzReplay, frame) {
  replay("frame", fuzz::frame);
}
TEST(FuzzReplay, list) {
  replay("list", fuzz::list);
}
TEST(FuzzReplay, records) {
  replay("records", fuzz::records);
}

}  // namespace
}  // namespace croft::runtime
