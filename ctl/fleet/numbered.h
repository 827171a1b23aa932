// Names with a number in them, as in web%04d: one name that stands for many. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace croft::ctl {

// "web%04d", 3, 9: web0009, web0010, web0011. %d is there once, perhaps with a width of at most 9, which is
// filled with zeros, as no name has blanks. A name without a % is the only one, and `count` must be 1. Throws
// Error kInvalid with the cure.
std::vector<std::string> numbered_names(const std::string& pattern, std::uint64_t count, std::uint64_t first);

}  // namespace croft::ctl
