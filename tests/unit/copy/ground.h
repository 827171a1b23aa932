// A root to copy into and out of, beside a directory that nothing may ever reach.
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include "ctl/copy/place.h"
#include "templates/archive.h"
#include "tests/unit/templates/scratch.h"

namespace croft::ctl::test {

using templates::test::get_file;
using templates::test::open_bytes;
using templates::test::put_file;
using templates::test::tar_of;
using templates::test::TarEntry;

class Ground {
 public:
  Ground() {
    std::filesystem::create_directory(root());
    put_file(victim() + "/secret", "untouched");
  }

  [[nodiscard]] std::string root() const { return scratch_ / "root"; }
  [[nodiscard]] std::string victim() const { return scratch_ / "victim"; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return root() + "/" + name; }
  [[nodiscard]] runtime::Fd open() const { return runtime::open_file(root(), O_PATH | O_DIRECTORY); }

  // All names below the root.
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root()))
      found.insert(entry.path().lexically_relative(root()));
    return found;
  }
  [[nodiscard]] bool is_untouched() const {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(victim())) ++count;
    return count == 1 && get_file(victim() + "/secret") == "untouched";
  }

 private:
  templates::test::Scratch scratch_;
};

inline void place_from(const Ground& ground, const runtime::Fd& archive, const std::string& name = "",
                       const PlaceRules& rules = {}) {
  Place sink(ground.open(), name, rules);
  templates::Report report;
  templates::read_archive(archive, {}, report, sink);
  sink.finish();
}

// Exchanges two names, again and again, until it goes.
class Exchanging {
 public:
  Exchanging(const std::string& one, const std::string& other)
      : thread_([this, one, other] {
          while (!ended_) renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
        }) {}
  Exchanging(const Exchanging&) = delete;
  Exchanging& operator=(const Exchanging&) = delete;
  ~Exchanging() {
    ended_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

}  // namespace croft::ctl::test
