// What a price can be of: a meter of the ledger, what was promised, or time; and the units it is sold in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/ledger/record.h"
#include "ctl/rating/money.h"

namespace croft::rating {

enum class Of : std::uint8_t {
  kUse,
  kGuarantee,
  kBarrier,
  kLimit,
  kAboveGuarantee,  // use of each record that is more than was guaranteed in it
  kAboveBarrier,
  kPercentile,     // 95th of the rates of five minutes, of the direction where it is the greater one
  kPercentileSum,  // of both directions together
};
std::string_view to_text(Of of);
std::optional<Of> of_named(std::string_view text);

// What one is. Quantities are whole numbers of it: thousandths of a core, bytes, pieces, bytes per second,
// containers, each times microseconds where it is over time.
enum class Dimension : std::uint8_t { kCores, kBytes, kPieces, kRate, kTime };

struct Metered {
  std::string name;  // "memory", "net.out.bytes", "disk", "time.running"
  Of of = Of::kUse;
  Dimension dimension = Dimension::kTime;
  bool over_time = true;
  bool peak = false;
  std::vector<std::size_t> meters{};  // of the ledger, whose sum it is; empty: none
  std::vector<std::size_t> others{};  // of the percentile's second direction
  std::string resource{};             // what was promised of it
  unsigned states = 0;                // of time: bits by RunState
  bool gaps = false;                  // and of time of which nothing is known
};

// `classes` of traffic, empty for all. Throws Error kInvalid with the cure.
Metered metered_of(std::string_view meter, Of of, const std::vector<std::size_t>& classes);
// "cpu", "net.bytes", "time.running", ...
std::vector<std::string_view> meter_names();

struct Unit {
  std::string name;  // "GiB-hour"
  Dimension dimension = Dimension::kTime;
  bool over_time = true;
  Wide factor = 1;     // of what one is, in one unit
  bool month = false;  // times the microseconds of the month that is billed
};
// "core-hour", "GiB-month", "GB", "Mbit/s", "month", ... Throws Error kInvalid.
Unit unit_named(std::string_view name);
// The unit that fits, or Error kInvalid naming some that do.
Unit unit_of(std::string_view name, const Metered& metered);

}  // namespace croft::rating
