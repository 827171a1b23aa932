// The seeds of the fuzzer of the kernel's files, with every found input added to them, without a fuzzer.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "runtime/fd.h"
#include "tests/fuzz/cgroups/files.h"

namespace croft::cgroups {
namespace {

TEST(FuzzReplay, FilesOfTheKernel) {
  std::size_t replayed = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/cgroups/corpus/files")) {
    SCOPED_TRACE(entry.path());
    const std::string text = runtime::read_file(entry.path());
    for (std::size_t size = 0; size <= text.size(); ++size)
      fuzz::files(std::string_view(text).substr(0, size));
    ++replayed;
  }
  EXPECT_GT(replayed, 10U);
}

}  // namespace
}  // namespace croft::cgroups
