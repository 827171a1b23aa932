// The text of one plan: lines KEY=VALUE, as for `croft set`, `include=NAME`, comments and empty lines. Pure;
// what the lines mean is library.h's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace croft::ctl::plans {

inline constexpr std::size_t kMaxFileBytes = 65536;

struct Line {
  std::size_t number = 0;  // in the file, from 1
  std::string key;         // "memory.limit", "threshold+", "include"
  std::string text;        // without the double quotes that may be around it
  bool operator==(const Line&) const = default;
};

// Where an error is: "small.plan:3".
std::string place(std::string_view plan, std::size_t line);

// Throws Error with a field for each line that is none, under place(plan, line).
std::vector<Line> parse_lines(std::string_view plan, std::string_view text);

}  // namespace croft::ctl::plans
