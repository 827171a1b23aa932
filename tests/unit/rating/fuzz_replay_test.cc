// The fuzzers' seed corpora, with every found input added to them, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/fd.h"
#include "tests/fuzz/rating/targets.h"

namespace croft::rating {
namespace {

// Each input, and each of its prefixes, which reaches most half-finished forms.
int replay(const std::string& name, void (*target)(std::string_view)) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/rating/corpus/" + name)) {
    const std::string text = runtime::read_file(entry.path().string());
    for (std::size_t size = 0; size <= text.size(); ++size) target(std::string_view(text).substr(0, size));
    ++inputs;
  }
  return inputs;
}

TEST(FuzzReplay, Tariff) {
  EXPECT_GE(replay("tariff", fuzz::tariff), 3);
}

TEST(FuzzReplay, Account) {
  EXPECT_GE(replay("account", fuzz::account), 2);
}

}  // namespace
}  // namespace croft::rating
