#include "ctl/cli/columns.h"

#include <algorithm>
#include <string_view>

#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

std::string_view sequence(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kGood:
      return "\x1b[32m";
    case Colour::kWarning:
      return "\x1b[33m";
    case Colour::kBad:
      return "\x1b[31m";
    case Colour::kStill:
      return "\x1b[36m";
    case Colour::kHead:
      return "\x1b[1m";
  }
  return "";
}

std::vector<std::size_t> widths(const std::vector<ColumnHead>& heads, const std::vector<Row>& rows,
                                bool with_head) {
  std::vector<std::size_t> result(heads.size(), 0);
  for (std::size_t i = 0; with_head && i < heads.size(); ++i) result[i] = display_width(heads[i].text);
  for (const Row& row : rows)
    for (std::size_t i = 0; i < std::min(row.size(), heads.size()); ++i)
      result[i] = std::max(result[i], display_width(row[i].text));
  return result;
}

void append_row(std::string& out, const Row& row, const std::vector<ColumnHead>& heads,
                const std::vector<std::size_t>& width, bool with_colour) {
  std::string line;
  for (std::size_t i = 0; i < row.size() && i < heads.size(); ++i) {
    const std::size_t have = display_width(row[i].text);
    const std::string blanks(width[i] - have, ' ');
    const std::string cell = coloured(row[i].text, row[i].colour, with_colour);
    if (i > 0) line += "  ";
    line += heads[i].right ? blanks + cell : cell + blanks;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + '\n';
}

}  // namespace

std::string coloured(const std::string& text, Colour colour, bool with_colour) {
  if (!with_colour || colour == Colour::kNone || text.empty()) return text;
  return std::string(sequence(colour)) + text + "\x1b[0m";
}

std::string format_table(const std::vector<ColumnHead>& heads, const std::vector<Row>& rows, bool with_head,
                         bool with_colour) {
  std::vector<Row> shown = rows;
  for (Row& row : shown)
    for (Cell& cell : row) cell.text = visible(cell.text);
  const std::vector<std::size_t> width = widths(heads, shown, with_head);
  std::string out;
  if (with_head) {
    Row head;
    for (const ColumnHead& column : heads) head.push_back({column.text, Colour::kHead});
    append_row(out, head, heads, width, with_colour);
  }
  for (const Row& row : shown) append_row(out, row, heads, width, with_colour);
  return out;
}

std::string format_pairs(const std::vector<std::pair<std::string, Cell>>& pairs, bool with_colour) {
  std::vector<Row> rows;
  for (const auto& [name, cell] : pairs) rows.push_back({{name + ":", Colour::kNone}, cell});
  return format_table({{""}, {""}}, rows, false, with_colour);
}

}  // namespace croft::ctl
