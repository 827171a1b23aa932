#include "ctl/rating/zone.h"

#include <date/tz.h>

#include <chrono>

#include "runtime/error.h"

namespace croft::rating {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const date::time_zone* zone_in(const void* zone) {
  return static_cast<const date::time_zone*>(zone);
}

date::year_month_day calendar_of(const Date& day) {
  return date::year{day.year} / day.month / day.day;
}

Date date_of(const date::year_month_day& day) {
  return {static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month())),
          static_cast<int>(static_cast<unsigned>(day.day()))};
}

// So many digits, or -1.
int number_in(std::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

Month parse_month(std::string_view text) {
  Month month;
  if (text.size() == 7 && text[4] == '-') {
    month = {number_in(text.substr(0, 4)), number_in(text.substr(5))};
    if (month.year >= 1970 && month.month >= 1 && month.month <= 12) return month;
  }
  throw Error(ErrorKind::kInvalid, "must be a month, as in `2026-11`");
}

Date parse_date(std::string_view text) {
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const Date day{number_in(text.substr(0, 4)), number_in(text.substr(5, 2)), number_in(text.substr(8))};
    if (day.year >= 1970 && day.month >= 1 && day.day >= 1 && calendar_of(day).ok()) return day;
  }
  throw Error(ErrorKind::kInvalid, "must be a day, as in `2026-11-22`");
}

std::string to_text(const Month& month) {
  const std::string number = std::to_string(month.month);
  return std::to_string(month.year) + (number.size() < 2 ? "-0" : "-") + number;
}

std::string to_text(const Date& day) {
  const std::string number = std::to_string(day.day);
  return to_text(Month{day.year, day.month}) + (number.size() < 2 ? "-0" : "-") + number;
}

Date day_after(const Date& day) {
  return date_of(date::sys_days{calendar_of(day)} + date::days{1});
}

int weekday_of(const Date& day) {
  return static_cast<int>(date::weekday{date::sys_days{calendar_of(day)}}.iso_encoding()) - 1;
}

Zone::Zone(std::string_view name) {
  if (name == "UTC") return;
  try {
    zone_ = date::locate_zone(name);
  } catch (const std::runtime_error&) {
    try {
      date::locate_zone("Etc/UTC");
    } catch (const std::runtime_error&) {
      throw Error(ErrorKind::kUnsupported, "this host has no time zones")
          .cure("install the package `tzdata`");
    }
    throw Error(ErrorKind::kInvalid, "there is no time zone of this name, as in `Europe/Berlin`");
  }
}

std::int64_t Zone::at(const Date& day, int minute) const {
  const date::local_seconds local = date::local_days{calendar_of(day)} + minutes{minute};
  const seconds since = zone_ == nullptr
                            ? local.time_since_epoch()
                            : zone_in(zone_)->to_sys(local, date::choose::earliest).time_since_epoch();
  return duration_cast<microseconds>(since).count();
}

ledger::Period Zone::span_of(const Month& month) const {
  const bool last = month.month == 12;
  return {at({month.year, month.month, 1}), at({month.year + (last ? 1 : 0), last ? 1 : month.month + 1, 1})};
}

Month Zone::month_at(std::int64_t moment) const {
  const date::sys_time<microseconds> when{microseconds{moment}};
  const microseconds local =
      zone_ == nullptr ? when.time_since_epoch() : zone_in(zone_)->to_local(when).time_since_epoch();
  const Date day = date_of(date::floor<date::days>(date::sys_time<microseconds>{local}));
  return {day.year, day.month};
}

}  // namespace croft::rating
