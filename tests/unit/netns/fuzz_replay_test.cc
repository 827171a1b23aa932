// The fuzzers' seed corpus, with every found input added to it, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "runtime/fd.h"
#include "tests/fuzz/netns/targets.h"

namespace croft::netns {
namespace {

// Each input, and each of its prefixes, which reaches most half-finished forms.
void replay(const std::string& name, const std::function<void(std::string_view)>& target) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/netns/corpus/" + name)) {
    const std::string text = runtime::read_file(entry.path().string());
    for (std::size_t size = 0; size <= text.size(); ++size) target(std::string_view(text).substr(0, size));
    ++inputs;
  }
  EXPECT_GE(inputs, 5);
}

TEST(FuzzReplay, destination) {
  replay("destination", fuzz::destination);
}
TEST(FuzzReplay, host_access) {
  replay("host_access", fuzz::host_access);
}
TEST(FuzzReplay, frame) {
  replay("frame", fuzz::frame);
}

}  // namespace
}  // namespace croft::netns
