#include "ctl/cli/top_frame.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "ctl/cli/figures.h"
#include "ctl/cli/text.h"

namespace croft::ctl {
namespace {

constexpr std::size_t kLeastName = 10;
constexpr std::size_t kMostName = 40;

struct TopColumn {
  std::string_view head;
  std::size_t width;  // without the blank before it
  std::size_t worth;  // where there is no room, the least goes first
  std::optional<TopSort> sort;
  Cell (*cell)(const TopRow& row);
};

std::string percent_of(std::uint64_t value, const std::optional<std::uint64_t>& limit) {
  if (!limit) return "-";
  if (*limit == 0) return value == 0 ? "0%" : "over";
  return fmt::format("{:.0f}%", 100.0 * static_cast<double>(value) / static_cast<double>(*limit));
}

std::string burst_cell(const TopRow& row) {
  return row.burst_percent ? fmt::format("{}%{}", *row.burst_percent, row.burst_out ? "!" : "") : "-";
}

std::string cores(std::uint64_t milli) {
  return fmt::format("{:.2f}", static_cast<double>(milli) / 1000);
}

using R = const TopRow&;
constexpr std::array kColumns{
    TopColumn{"CPU", 6, 8, TopSort::kCpu,
              [](R row) {
                return Cell{cores(row.cpu_milli), row.cpu_colour};
              }},
    TopColumn{"CPU%", 5, 1, std::nullopt,
              [](R row) {
                return Cell{percent_of(row.cpu_milli, row.cpu_limit), row.cpu_colour};
              }},
    TopColumn{"MEM", 6, 7, TopSort::kMemory,
              [](R row) {
                return Cell{human_size(row.memory), row.memory_colour};
              }},
    TopColumn{"MEM%", 5, 2, std::nullopt,
              [](R row) {
                return Cell{percent_of(row.memory, row.memory_limit), row.memory_colour};
              }},
    TopColumn{"IO", 7, 5, TopSort::kIo, [](R row) { return Cell{human_size(row.io) + "/s"}; }},
    TopColumn{"TASKS", 6, 4, TopSort::kTasks, [](R row) { return Cell{std::to_string(row.tasks)}; }},
    TopColumn{"BURST", 6, 6, TopSort::kBurst,
              [](R row) {
                return Cell{burst_cell(row), row.burst_out ? Colour::kBad : Colour::kNone};
              }},
    TopColumn{"FAIL", 6, 3, std::nullopt,
              [](R row) {
                return Cell{std::to_string(row.failures), row.failures > 0 ? Colour::kBad : Colour::kNone};
              }},
};

struct Layout {
  std::size_t name = 0;
  std::vector<TopColumn> columns;
};

// As many columns as leave the names room; the one that is sorted by stays longest.
Layout lay_out(const TopFrame& frame, const TopView& view) {
  Layout layout{.columns = {kColumns.begin(), kColumns.end()}};
  const auto taken = [&] {
    std::size_t width = 0;
    for (const TopColumn& column : layout.columns) width += column.width + 1;
    return width;
  };
  const auto worth = [&](const TopColumn& column) { return column.sort == view.sort ? 9 : column.worth; };
  while (!layout.columns.empty() && taken() + kLeastName > view.columns)
    layout.columns.erase(
        std::min_element(layout.columns.begin(), layout.columns.end(),
                         [&](const TopColumn& a, const TopColumn& b) { return worth(a) < worth(b); }));
  std::size_t longest = kLeastName;
  for (const TopRow& row : frame.rows) longest = std::max(longest, display_width(row.name));
  layout.name = std::min({longest, view.columns - std::min(taken(), view.columns), kMostName});
  return layout;
}

std::string marked(std::string_view head, const std::optional<TopSort>& sort, const TopView& view) {
  return std::string(head) + (sort == view.sort ? "*" : "");
}

std::string head_line(const Layout& layout, const TopView& view) {
  std::string line = pad_right(cut_text(marked("NAME", TopSort::kName, view), layout.name), layout.name);
  for (const TopColumn& column : layout.columns)
    line += " " + pad_left(marked(column.head, column.sort, view), column.width);
  return coloured(line, Colour::kHead, view.colour);
}

// A figure too wide for its column pushes the rest of its line to the right; the screen's edge cuts that.
std::string row_line(const TopRow& row, const Layout& layout, const TopView& view) {
  std::string line = pad_right(cut_text(row.name, layout.name), layout.name);
  std::size_t used = layout.name;
  for (const TopColumn& column : layout.columns) {
    const Cell cell = column.cell(row);
    const std::string blanks(1 + column.width - std::min(column.width, cell.text.size()), ' ');
    used += blanks.size() + cell.text.size();
    if (used > view.columns) break;
    line += blanks + coloured(cell.text, cell.colour, view.colour);
  }
  return line;
}

std::string size_or_dash(const std::optional<std::uint64_t>& bytes) {
  return bytes ? human_size(*bytes) : "-";
}

std::string host_line(const TopFrame& frame) {
  std::string line = fmt::format("{}  {} running", frame.time, frame.running);
  if (frame.cpu_milli) line += fmt::format("  cpu {} of {}", cores(*frame.cpu_milli), frame.cpus);
  if (frame.memory || frame.memory_capacity)
    line += "  memory " + size_or_dash(frame.memory) + " of " + size_or_dash(frame.memory_capacity);
  if (frame.memory_guaranteed) line += ", " + human_size(*frame.memory_guaranteed) + " guaranteed";
  return line;
}

struct Window {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Window window_of(std::size_t rows, const TopView& view) {
  const std::size_t room = view.lines > kTopHeadLines ? view.lines - kTopHeadLines : 0;
  const std::size_t begin = std::min(view.first, rows > room ? rows - room : 0);
  return {begin, std::min(rows, begin + room)};
}

std::string state_line(const TopFrame& frame, const TopView& view, const Window& window) {
  if (!frame.trouble.empty())
    return coloured(cut_text(frame.trouble, view.columns), Colour::kBad, view.colour);
  if (!view.interactive) return {};
  std::string line = "h helps, q quits";
  if (window.end - window.begin < frame.rows.size())
    line = fmt::format("{}-{} of {}; ", window.begin + 1, window.end, frame.rows.size()) + line;
  return cut_text(line, view.columns);
}

// The shown rows, in order.
std::vector<const TopRow*> ordered(const TopFrame& frame, const Window& window, const RowOrder& order) {
  std::vector<const TopRow*> rows;
  rows.reserve(frame.rows.size());
  for (const TopRow& row : frame.rows) rows.push_back(&row);
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(window.end);
  std::partial_sort(rows.begin(), end, rows.end(),
                    [&](const TopRow* a, const TopRow* b) { return order(*a, *b); });
  return {rows.begin() + static_cast<std::ptrdiff_t>(window.begin), end};
}

std::vector<std::string> help_lines(const TopView& view) {
  std::vector<std::string> lines{
      "c m i t n b      sort by cpu, memory, io, tasks, name, burst; again: reversed",
      "up down          move by a row; also k j",
      "page up, down    move by a screen",
      "h                this help, and away with it",
      "q, ctrl-c        leave",
      "",
      "CPU is in cores, CPU% and MEM% are parts of the limit, IO is what is read or",
      "written, whichever is more. Yellow is above the barrier, red near the limit.",
      "BURST is what is left of the emptiest bucket; ! says that nothing is to be had.",
      "FAIL counts what was refused since this screen began.",
  };
  for (std::string& line : lines) line = cut_text(line, view.columns);
  return lines;
}

// The more the less there is left; nothing where there is no burst at all.
std::uint64_t burst_spent(const TopRow& row) {
  return row.burst_percent ? 101 - std::min(*row.burst_percent, 100U) : 0;
}

template <class Figure>
RowOrder most_first(Figure figure, bool reversed) {
  return [figure, reversed](const TopRow& a, const TopRow& b) {
    const std::uint64_t left = figure(a);
    const std::uint64_t right = figure(b);
    if (left != right) return (left > right) != reversed;
    return std::tie(a.name, a.uuid) < std::tie(b.name, b.uuid);  // so that equals keep their places
  };
}

}  // namespace

std::string_view to_text(TopSort sort) {
  switch (sort) {
    case TopSort::kCpu:
      return "cpu";
    case TopSort::kMemory:
      return "memory";
    case TopSort::kIo:
      return "io";
    case TopSort::kTasks:
      return "tasks";
    case TopSort::kName:
      return "name";
    case TopSort::kBurst:
      return "burst";
  }
  return "";
}

RowOrder row_order(TopSort sort, bool reversed) {
  switch (sort) {
    case TopSort::kCpu:
      return most_first([](R row) { return row.cpu_milli; }, reversed);
    case TopSort::kMemory:
      return most_first([](R row) { return row.memory; }, reversed);
    case TopSort::kIo:
      return most_first([](R row) { return row.io; }, reversed);
    case TopSort::kTasks:
      return most_first([](R row) { return row.tasks; }, reversed);
    case TopSort::kBurst:
      return most_first(burst_spent, reversed);
    case TopSort::kName:
      break;
  }
  return [reversed](R a, R b) {
    const auto left = std::tie(a.name, a.uuid);
    const auto right = std::tie(b.name, b.uuid);
    return reversed ? right < left : left < right;
  };
}

std::vector<std::string> compose(const TopFrame& frame, const TopView& view, const RowOrder& order) {
  const Window window = window_of(frame.rows.size(), view);
  std::vector<std::string> lines{cut_text(host_line(frame), view.columns), state_line(frame, view, window)};
  if (view.help) {
    for (std::string& line : help_lines(view)) lines.push_back(std::move(line));
  } else {
    const Layout layout = lay_out(frame, view);
    lines.push_back(head_line(layout, view));
    for (const TopRow* row : ordered(frame, window, order)) lines.push_back(row_line(*row, layout, view));
    if (frame.rows.empty()) lines.push_back(cut_text("nothing runs", view.columns));
  }
  lines.resize(std::min(lines.size(), view.lines));
  return lines;
}

// A line is erased before it is written: after its last column is, some terminals would erase that.
std::string repaint(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  std::string out;
  for (std::size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
    const std::string_view line = i < now.size() ? std::string_view(now[i]) : std::string_view();
    if (i < before.size() && before[i] == line) continue;
    out += fmt::format("\x1b[{};1H\x1b[K{}", i + 1, line);
  }
  return out;
}

}  // namespace croft::ctl
