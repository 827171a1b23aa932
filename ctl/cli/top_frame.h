// What `croft top` shows: from figures, a size and an order to lines of text. Pure; top_figures.h makes the
// figures, top_session.h has the terminal.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/cli/columns.h"

namespace croft::ctl {

struct TopRow {
  std::string uuid;
  std::string name;  // as it is shown: visible, with the tenant where there are several
  std::uint64_t cpu_milli = 0;
  std::optional<std::uint64_t> cpu_limit;
  Colour cpu_colour = Colour::kNone;
  std::uint64_t memory = 0;
  std::optional<std::uint64_t> memory_limit;
  Colour memory_colour = Colour::kNone;
  std::uint64_t io = 0;  // bytes per second
  std::uint64_t tasks = 0;
  std::optional<unsigned> burst_percent;  // left in the emptiest of its buckets
  bool burst_out = false;                 // of one of them nothing is to be had now
  std::uint64_t failures = 0;             // since the screen began
};

struct TopFrame {
  std::string time;  // "14:02:31"
  std::uint64_t cpus = 0;
  std::optional<std::uint64_t> cpu_milli;
  std::optional<std::uint64_t> memory;
  std::optional<std::uint64_t> memory_capacity;
  std::optional<std::uint64_t> memory_guaranteed;
  std::uint64_t running = 0;
  std::vector<TopRow> rows;
  std::string trouble;  // why it is not newer; empty: it is
};

enum class TopSort { kCpu, kMemory, kIo, kTasks, kName, kBurst };
inline constexpr std::array kTopSorts{TopSort::kCpu,   TopSort::kMemory, TopSort::kIo,
                                      TopSort::kTasks, TopSort::kName,   TopSort::kBurst};
std::string_view to_text(TopSort sort);  // "cpu", "memory", "io", "tasks", "name", "burst"

struct TopView {
  std::size_t lines = 24;
  std::size_t columns = 80;
  TopSort sort = TopSort::kCpu;
  bool reversed = false;
  std::size_t first = 0;  // row at the top of the table
  bool interactive = false;
  bool help = false;
  bool colour = false;
};
// For frames that are printed one below the other: all rows, whatever their width.
inline constexpr std::size_t kUnbounded = std::numeric_limits<std::uint16_t>::max();

// Lines above the table's first row.
inline constexpr std::size_t kTopHeadLines = 3;

// Whether one row stands above another.
using RowOrder = std::function<bool(const TopRow& a, const TopRow& b)>;
// The most first; names in their order, and of burst the least left first.
RowOrder row_order(TopSort sort, bool reversed);

// At most view.lines lines of at most view.columns columns each. Only rows that are shown are put in order
// and formatted.
std::vector<std::string> compose(const TopFrame& frame, const TopView& view, const RowOrder& order);

// What makes a terminal that shows `before` show `now`: lines that are the same are left alone.
std::string repaint(const std::vector<std::string>& before, const std::vector<std::string>& now);
inline constexpr std::string_view kClearScreen = "\x1b[2J";

}  // namespace croft::ctl
