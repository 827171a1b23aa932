// A directory of a test's own, croft-test-* under the temporary directory, which goes when the test ends.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::fakes {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "croft-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) runtime::fail_errno("cannot make `" + name + "`");
    path_ = name;
  }
  ~Scratch() {
    try {
      runtime::remove_tree(path_);
    } catch (const runtime::Error&) {
      // What is left is found and reported by whoever runs the tests.
    }
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // Full path of an entry in it.
  [[nodiscard]] std::string operator/(const std::string& entry) const { return path_ + "/" + entry; }
  // Makes a file with this content, and the directories above it; gives its full path.
  std::string file(const std::string& entry, const std::string& content) const {
    const std::string full = *this / entry;
    std::filesystem::create_directories(std::filesystem::path(full).parent_path());
    runtime::replace_file(full, content, 0644, false);
    return full;
  }

 private:
  std::string path_;
};

}  // namespace croft::fakes
