// Lists of CPUs and of memory nodes as the kernel writes them: "0-3,8".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace croft::ctl {

// Sorted and merged: "8,2-3,0,1" -> "0-3,8". All numbers must be below `end`. Throws Error kInvalid.
std::string canonical_list(std::string_view text, std::uint64_t end);
// How many numbers a canonical list has.
std::uint64_t list_size(std::string_view canonical);

}  // namespace croft::ctl
