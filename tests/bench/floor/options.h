// What one run of the floor is given. Every name that it makes begins with `name`.
#pragma once

#include <set>
#include <string>

namespace croft::bench {

struct Options {
  std::string name = "croft-test-bench-floor";
  std::string data;               // directory for the uppers, on the file system that Croft's pool is on
  std::string root;               // template: an unpacked root file system owned by ids 0..65535
  std::set<std::string> without;  // parts left out, for measuring what each costs
  std::string command = "/bin/true";

  [[nodiscard]] bool has(const char* part) const { return !without.contains(part); }
};

}  // namespace croft::bench
