// What the fuzzers of ctl/copy try, as functions, so that the unit tests can replay the corpus without a
// fuzzer. A broken promise aborts.
#pragma once

#include <fstream>
#include <iterator>

#include "ctl/copy/place.h"
#include "tests/fuzz/templates/targets.h"

namespace croft::ctl::fuzz {

using templates::fuzz::printable;
using templates::fuzz::promise;

// A directory with traps that lead to its neighbour, of whose content nothing may change.
class Trapped {
 public:
  Trapped() : root_(ground_.fresh_root()) {
    const std::string victim = ground_.path() + "/victim";
    std::filesystem::create_directory(victim);
    std::ofstream(victim + "/secret") << "untouched";
    const std::string root = ground_.path() + "/root";
    std::filesystem::create_symlink("../victim", root + "/up");
    std::filesystem::create_symlink(victim + "/secret", root + "/link");
    std::filesystem::create_hard_link(victim + "/secret", root + "/alias");
    std::filesystem::create_directory(root + "/d");
    std::filesystem::create_symlink("../../victim", root + "/d/up");
  }

  [[nodiscard]] runtime::Fd root() const { return root_.duplicate(); }

  // Nothing has appeared beside the root, and what was there is as it was.
  [[nodiscard]] bool is_untouched() const {
    int neighbours = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(ground_.path()))
      ++neighbours;
    int files = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(ground_.path() + "/victim"))
      ++files;
    std::ifstream secret(ground_.path() + "/victim/secret");
    return neighbours == 2 && files == 1 &&
           std::string(std::istreambuf_iterator<char>(secret), {}) == "untouched";
  }
  [[nodiscard]] bool has_half_made() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             ground_.path() + "/root", std::filesystem::directory_options::skip_permission_denied))
      if (entry.path().filename().string().starts_with(".croft-copy-")) return true;
    return false;
  }

 private:
  templates::fuzz::Ground ground_;
  runtime::Fd root_;
};

// Any bytes as an archive that goes into a directory, under its own names or another one.
inline void place(std::string_view bytes) {
  for (const char* name : {"", "d"}) {
    const Trapped trapped;
    PlaceRules rules;
    rules.bounds = {500, 100'000, 1'000'000};
    templates::Control control;
    control.bounds = rules.bounds;
    try {
      const runtime::Fd file = runtime::sealed_memory("fuzz", bytes);
      lseek(file.get(), 0, SEEK_SET);
      templates::Report report;
      Place sink(trapped.root(), name, rules);
      templates::read_archive(file, control, report, sink);
      sink.finish();
    } catch (const runtime::Error& error) {
      promise(printable(error.what()), "a refusal can be printed");
    }
    promise(trapped.is_untouched(), "nothing outside of the directory changes");
    promise(bytes.find(".croft-copy-") != std::string_view::npos || !trapped.has_half_made(),
            "nothing half made stays");
  }
}

}  // namespace croft::ctl::fuzz
