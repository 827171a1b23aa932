#include "ctl/ledger/period.h"

#include <array>
#include <ctime>

#include "runtime/error.h"

namespace croft::ledger {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

// Year, month, day, hour, minute, second; how many of them were given.
struct Parts {
  std::array<int, 6> value{1970, 1, 1, 0, 0, 0};
  std::size_t given = 0;
};

struct PartRow {
  std::size_t digits;
  int least, most;
  char before;  // what stands in front of it
};
constexpr std::array kParts{PartRow{4, 1970, 9999, 0}, PartRow{2, 1, 12, '-'}, PartRow{2, 1, 31, '-'},
                            PartRow{2, 0, 23, 'T'},    PartRow{2, 0, 59, ':'}, PartRow{2, 0, 59, ':'}};

bool take_part(std::string_view& text, const PartRow& row, int& value) {
  if (row.before != 0) {
    if (!text.starts_with(row.before)) return false;
    text.remove_prefix(1);
  }
  if (text.size() < row.digits) return false;
  value = 0;
  for (std::size_t i = 0; i < row.digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(row.digits);
  return value >= row.least && value <= row.most;
}

bool parse(std::string_view text, Parts& parts) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  for (; parts.given < kParts.size() && !text.empty(); ++parts.given)
    if (!take_part(text, kParts.at(parts.given), parts.value.at(parts.given))) return false;
  return text.empty() && parts.given > 0;
}

// Days and months that are too many go on in the next month and year.
std::int64_t moment(const std::array<int, 6>& value) {
  std::tm calendar{};
  calendar.tm_year = value[0] - 1900;
  calendar.tm_mon = value[1] - 1;
  calendar.tm_mday = value[2];
  calendar.tm_hour = value[3];
  calendar.tm_min = value[4];
  calendar.tm_sec = value[5];
  return std::int64_t{timegm(&calendar)} * kSecond;
}

// The 30th of February is none.
bool is_in_calendar(const Parts& parts) {
  const std::time_t seconds = moment(parts.value) / kSecond;
  std::tm calendar{};
  gmtime_r(&seconds, &calendar);
  return calendar.tm_mday == parts.value[2];
}

}  // namespace

Period parse_period(const std::string& field, std::string_view text) {
  Parts parts;
  if (!parse(text, parts) || !is_in_calendar(parts))
    throw runtime::wrong_field(field,
                               "must be a time in UTC, as in `2026-11`, `2026-11-22` or `2026-11-22T14:05`");
  std::array<int, 6> next = parts.value;
  ++next.at(parts.given - 1);
  return {moment(parts.value), moment(next)};
}

Period parse_period(std::string_view period, std::string_view from, std::string_view to, std::int64_t now) {
  if (!period.empty() && !(from.empty() && to.empty()))
    throw runtime::wrong_field("period", "cannot be given beside `from` and `to`");
  if (!period.empty()) return parse_period("period", period);
  Period all;
  const std::time_t seconds = now / kSecond;
  std::tm calendar{};
  gmtime_r(&seconds, &calendar);
  all.from = moment({calendar.tm_year + 1900, calendar.tm_mon + 1, 1, 0, 0, 0});
  all.to = now;
  if (!from.empty()) all.from = parse_period("from", from).from;
  if (!to.empty()) all.to = parse_period("to", to).from;
  if (all.to <= all.from)
    throw runtime::wrong_field(to.empty() ? "from" : "to", "the period would end before it begins");
  return all;
}

}  // namespace croft::ledger
