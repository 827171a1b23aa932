// What can be read of a group, file by file: the drivers' tables of these are all that usage.h knows of the
// two versions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cgroups/figures.h"
#include "cgroups/knobs.h"

namespace croft::cgroups {

struct Reading;

// What is to be read of one group beside what costs one short read (CPU, memory, tasks): readings that nobody
// judges are not taken.
struct Wanted {
  bool modes = false;  // CPU time of users and of the kernel apart, where that is another file
  bool swap = false;
  bool io = false;
  bool events = true;  // memory.events, pids.events
  bool stall = false;  // memory.pressure (PSI, Documentation/accounting/psi.rst), beside memory.high
  bool peaks = false;
  bool sockets = false;
  bool memory_parts = false;  // memory.stat, which is dear: the kernel sums it up for each reader
  // Whose I/O counts; empty: that of all, by which stacked devices count what goes through them twice.
  std::vector<BlockDevice> devices;
};

struct Gauge {
  const char* file;
  bool Wanted::*when;  // null: always
  // Puts what the text says into the reading. No allocation.
  void (*read)(std::string_view text, const Wanted& wanted, Reading& reading);
};

// Does a line that begins with a device ("8:0 ...") count?
inline bool counts(const Wanted& wanted, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const auto major = leading_number(line);
  const auto minor = leading_number(line.substr(colon + 1));
  const auto is_it = [&](const BlockDevice& one) { return one.major == major && one.minor == minor; };
  return major && minor &&
         (wanted.devices.empty() || std::any_of(wanted.devices.begin(), wanted.devices.end(), is_it));
}

// A number of the kernel's as one of a unit ("Bytes").
template <class Unit>
void set(std::optional<Unit>& to, std::optional<std::uint64_t> number) {
  if (number) to = Unit{*number};
}

}  // namespace croft::cgroups
