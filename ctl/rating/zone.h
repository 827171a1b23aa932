// Time zones of customers: local days as moments, and back, by the host's zoneinfo. Moments are microseconds
// since 1970.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ctl/ledger/period.h"

namespace croft::rating {

struct Date {
  int year = 1970, month = 1, day = 1;
  auto operator<=>(const Date&) const = default;
};
// "2026-11-22". Throws Error kInvalid, also for a day that is in no calendar.
Date parse_date(std::string_view text);
std::string to_text(const Date& date);
Date day_after(const Date& date);
// 0 is Monday.
int weekday_of(const Date& date);

struct Month {
  int year = 1970, month = 1;
  auto operator<=>(const Month&) const = default;
};
// "2026-11". Throws Error kInvalid.
Month parse_month(std::string_view text);
std::string to_text(const Month& month);

class Zone {
 public:
  // "Europe/Berlin", "UTC". Throws Error kInvalid when there is none of that name, kUnsupported when the host
  // has no zoneinfo; UTC needs none.
  explicit Zone(std::string_view name);

  // When the clocks there show so many minutes of a day. Where they show it twice it is the first time, and
  // where they never do, as they are put forward, the moment at which they are.
  [[nodiscard]] std::int64_t at(const Date& date, int minutes = 0) const;
  // From the first day's beginning to the next month's.
  [[nodiscard]] ledger::Period span_of(const Month& month) const;
  [[nodiscard]] Month month_at(std::int64_t moment) const;

 private:
  const void* zone_ = nullptr;  // a date::time_zone of the library's table; UTC without
};

}  // namespace croft::rating
