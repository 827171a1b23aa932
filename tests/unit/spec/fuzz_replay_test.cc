// The fuzzers' seed corpus, with every found input added to it, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "runtime/fd.h"
#include "tests/fuzz/spec/targets.h"

namespace croft::ctl {
namespace {

// Each input, and each of its prefixes, which reaches most half-finished forms.
void replay(const std::string& name, const std::function<void(std::string_view)>& target) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/spec/corpus/" + name)) {
    const std::string text = runtime::read_file(entry.path().string());
    for (std::size_t size = 0; size <= text.size(); ++size) target(std::string_view(text).substr(0, size));
    ++inputs;
  }
  EXPECT_GE(inputs, 5);
}

TEST(FuzzReplay, Units) {
  replay("units", fuzz::units);
}
TEST(FuzzReplay, Spec) {
  replay("spec", fuzz::spec);
}
TEST(FuzzReplay, Assignments) {
  replay("assignments", fuzz::assignments);
}

TEST(FuzzReplay, Hooks) {
  replay("hooks", fuzz::hooks);
}

TEST(FuzzReplay, Nics) {
  replay("nics", fuzz::nics);
}

}  // namespace
}  // namespace croft::ctl
