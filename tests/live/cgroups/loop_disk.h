// A file system on a loop device of the test's own.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/error.h"

namespace croft::cgroups {

// A file system of this kind on a loop device, for the length of a test.
class OnLoop {
 public:
  explicit OnLoop(const std::string& maker)
      : top_(std::filesystem::temp_directory_path() / "croft-test-XXXXXX") {
    if (mkdtemp(top_.data()) == nullptr) runtime::fail_errno("cannot make a temporary directory");
    const std::string image = top_ + "/croft-test-image";
    mounted_ = std::system(("truncate -s 128M " + image + " && " + maker + " " + image + " >" + top_ +
                            "/log 2>&1 && mkdir " + top_ + "/m && mount -o loop " + image + " " + top_ + "/m")
                               .c_str()) == 0;
  }
  OnLoop(const OnLoop&) = delete;
  OnLoop& operator=(const OnLoop&) = delete;
  ~OnLoop() {
    EXPECT_TRUE(!mounted_ || std::system(("umount " + top_ + "/m").c_str()) == 0);
    std::filesystem::remove_all(top_);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] std::string path() const { return top_ + "/m"; }

 private:
  std::string top_;
  bool mounted_ = false;
};

}  // namespace croft::cgroups
