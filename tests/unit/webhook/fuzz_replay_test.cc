// The fuzzers' seed corpora, with every found input added to them, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/fd.h"
#include "tests/fuzz/webhook/targets.h"

namespace croft::ctl {
namespace {

// Each input, and each of its prefixes.
int replay(const std::string& name, void (*target)(std::string_view text)) {
  int inputs = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/webhook/corpus/" + name)) {
    const std::string text = runtime::read_file(entry.path().string());
    for (std::size_t size = 0; size <= text.size(); ++size) target(std::string_view(text).substr(0, size));
    ++inputs;
  }
  return inputs;
}

TEST(FuzzReplay, Settings) {
  EXPECT_GE(replay("settings", fuzz::webhook_settings), 4);
}

TEST(FuzzReplay, Answer) {
  EXPECT_GE(replay("answer", fuzz::webhook_answer), 3);
}

}  // namespace
}  // namespace croft::ctl
