// Reading and writing the one-line interface files of cgroups.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/drivers.h"
#include "runtime/fd.h"

namespace croft::cgroups {

// At most 4 KiB of a file in one read(2), as flat-keyed files and single values fit. Throws Error.
std::string read_value(const runtime::Fd& directory, const char* file);
// The number that a single-value file holds; "max" is the largest. Throws Error.
std::uint64_t read_number(const runtime::Fd& directory, const char* file);
// The value beside `key` in a flat-keyed file's content ("populated 1"). Throws Error when it is not there.
std::uint64_t keyed_number(std::string_view content, std::string_view key);

bool has_word(std::string_view content, std::string_view word);
std::vector<std::string> split(std::string_view text, char separator);      // empty parts are left out
std::vector<std::string> split_all(std::string_view text, char separator);  // and here they are kept

using Deadline = std::chrono::steady_clock::time_point;
Deadline deadline_in(Milliseconds time);
// Sleeps a little longer each time (0.2 to 10 ms). False, without sleeping, once the deadline is over.
class Patience {
 public:
  explicit Patience(Deadline deadline) : deadline_(deadline) {}
  bool wait();

 private:
  Deadline deadline_;
  std::chrono::microseconds step_{200};
};

}  // namespace croft::cgroups
