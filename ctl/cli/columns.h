// Rows of cells as an aligned table.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace croft::ctl {

enum class Colour { kNone, kGood, kWarning, kBad, kStill, kHead };

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
};

struct ColumnHead {
  std::string text;
  bool right = false;  // numbers are aligned at the right
};

using Row = std::vector<Cell>;

// Cells are made visible (text.h) and widths are those on a terminal. No blanks at line ends, two between
// columns.
std::string format_table(const std::vector<ColumnHead>& heads, const std::vector<Row>& rows, bool with_head,
                         bool with_colour);

// "Name:  value" lines with the values below each other.
std::string format_pairs(const std::vector<std::pair<std::string, Cell>>& pairs, bool with_colour);

// `text` between the sequences that colour it, or as it is.
std::string coloured(const std::string& text, Colour colour, bool with_colour);

}  // namespace croft::ctl
