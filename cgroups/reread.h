// Reading the same kernel files again and again: kept open, one pread(2) each, nothing allocated.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "cgroups/units.h"
#include "runtime/fd.h"

namespace croft::cgroups {

Micros boot_time();  // CLOCK_BOOTTIME

// A buffer for one file's text after the other. io.stat needs about 100 bytes for a device; of what does not
// fit, the whole lines that do are given.
class Text {
 public:
  // Valid until the next call. Empty where it cannot be read; `error` is errno then, else 0.
  std::string_view read(const runtime::Fd& file, int& error);

 private:
  std::array<char, 16384> buffer_;
};

}  // namespace croft::cgroups
