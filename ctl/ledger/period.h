// Periods of time as an operator writes them. All in UTC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace croft::ledger {

// From the first moment to just before the second, in microseconds since 1970.
struct Period {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

// "2026", "2026-11", "2026-11-22", "2026-11-22T14" or "2026-11-22T14:05[:09][Z]": the year, month, day, hour,
// minute or second. Throws Error kInvalid, naming `field`, for what is none; years are 1970 to 9999.
Period parse_period(const std::string& field, std::string_view text);
// What --period, or --from and --to, mean; of an empty `to` the time until `now`, and without any the month
// that `now` is in. Throws Error kInvalid also when it ends before it begins.
Period parse_period(std::string_view period, std::string_view from, std::string_view to, std::int64_t now);

}  // namespace croft::ledger
