// The fuzzers' seed corpus, with every found input added to it, without a fuzzer.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "tests/fuzz/templates/targets.h"
#include "tests/unit/templates/scratch.h"

namespace croft::templates {
namespace {

using test::from_base64;

template <class Target>
int replay(const std::string& name, Target target) {
  int count = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(CROFT_SOURCE_DIR "/tests/fuzz/templates/corpus/" + name)) {
    SCOPED_TRACE(file.path().filename());
    target(test::get_file(file.path()));
    ++count;
  }
  return count;
}

TEST(ROOT_FuzzReplay, Archives) {
  if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: a layer's files have owners";
  EXPECT_GE(replay("archive", [](const std::string& text) { fuzz::archive(from_base64(text)); }), 8);
}

TEST(ROOT_FuzzReplay, Layers) {
  if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: a layer's files have owners";
  EXPECT_GE(replay("layer", [](const std::string& text) { fuzz::layer(from_base64(text)); }), 4);
}

TEST(FuzzReplay, Backups) {
  EXPECT_GE(replay("backup", [](const std::string& text) { fuzz::backup(from_base64(text)); }), 7);
}

TEST(FuzzReplay, Inventories) {
  EXPECT_GE(replay("inventory", fuzz::inventory), 3);
}

TEST(FuzzReplay, Documents) {
  EXPECT_GE(replay("oci", fuzz::oci), 6);
  EXPECT_GE(replay("metadata", fuzz::metadata), 2);
}

TEST(FuzzReplay, Manifests) {
  EXPECT_GE(replay("manifest", fuzz::manifest), 4);
}

}  // namespace
}  // namespace croft::templates
