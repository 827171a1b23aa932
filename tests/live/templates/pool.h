// A store in a temporary directory, and imports into it whose outcome is easy to state.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "runtime/remove_tree.h"
#include "templates/import.h"
#include "templates/stack.h"
#include "templates/store.h"
#include "tests/unit/templates/scratch.h"

#define CROFT_NEEDS_ROOT \
  if (geteuid() != 0) GTEST_SKIP() << "needs ROOT: a layer's files have owners"

namespace croft::templates::test {

class Pool {
 public:
  Pool() : store_(scratch_ / "data") {}

  Imported import_archive(const std::string& bytes, const Control& control = {}) {
    return import_template(store_, "t", SourceKind::kArchive, open_bytes(bytes), control);
  }
  Imported import_directory(const std::string& path) {
    return import_template(store_, "t", SourceKind::kDirectory,
                           runtime::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }
  // The message of the Error that importing `bytes` ends with; empty if it does not. Checks that nothing is
  // left.
  std::string refusal(const std::string& bytes, const Control& control = {}) {
    std::string message;
    try {
      import_archive(bytes, control);
    } catch (const runtime::Error& error) {
      message = error.what();
      kind_ = error.kind();
      EXPECT_TRUE(store_.layers().empty()) << message;
    }
    EXPECT_TRUE(std::filesystem::is_empty(scratch_ / "data/tmp")) << message;
    return message;
  }
  [[nodiscard]] runtime::ErrorKind kind() const { return kind_; }
  [[nodiscard]] std::string root_of(const Imported& imported) const {
    return lower_directories(store_, imported.manifest).at(0);
  }
  [[nodiscard]] Store& store() { return store_; }
  void remove_all_layers() {
    for (const std::string& tree : store_.collect([] { return std::set<std::string>(); }))
      runtime::remove_tree(tree);
  }
  [[nodiscard]] const Scratch& scratch() const { return scratch_; }

 private:
  Scratch scratch_;
  Store store_;
  runtime::ErrorKind kind_ = runtime::ErrorKind::kSystem;
};

inline struct stat facts(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(lstat(path.c_str(), &info), 0) << path;
  return info;
}

}  // namespace croft::templates::test
