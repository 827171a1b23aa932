#include "ctl/spec/retention.h"

#include <algorithm>
#include <ctime>
#include <numeric>
#include <optional>

#include "ctl/spec/units.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint64_t kMinute = 60;
constexpr std::uint64_t kDay = 86400;
constexpr std::uint64_t kShortest = 5 * kMinute;
constexpr std::uint64_t kLongest = 400 * kDay;
constexpr std::string_view kUnits = "hdwmy";
constexpr unsigned kMostOfOne = 1000;

[[noreturn]] void no_schedule() {
  throw Error(ErrorKind::kInvalid,
              "must be an interval from 5min to 400d, with the time of the day (UTC) where that matters: 6h, "
              "1d@03:30");
}

[[noreturn]] void no_retention() {
  throw Error(ErrorKind::kInvalid,
              "must be how many to keep, each unit once: as in 24h,7d,4w,12m,3y (hours, days, weeks, months, "
              "years; 1 to 1000 of each)");
}

std::uint64_t two_digits(std::string_view text, std::uint64_t most) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !std::all_of(text.begin(), text.end(), is_digit)) no_schedule();
  const auto digit = [text](std::size_t i) { return static_cast<std::uint64_t>(text[i] - '0'); };
  const std::uint64_t value = digit(0) * 10 + digit(1);
  if (value > most) no_schedule();
  return value;
}

std::int64_t turn_before(const Schedule& schedule, std::int64_t now) {
  const auto every = static_cast<std::int64_t>(schedule.every);
  const std::int64_t moved = now - static_cast<std::int64_t>(schedule.at);
  return now - ((moved % every) + every) % every;
}

// A number that all times of one period have in common, and that grows with time.
std::int64_t period_of(std::int64_t time, std::size_t unit) {
  constexpr std::int64_t kDaySeconds = 86400;
  constexpr std::int64_t kMondayFirst = 3;  // 1970-01-01 was a Thursday
  const std::time_t seconds = time;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  switch (kUnits[unit]) {
    case 'h':
      return time / 3600;
    case 'd':
      return time / kDaySeconds;
    case 'w':
      return (time / kDaySeconds + kMondayFirst) / 7;
    case 'm':
      return std::int64_t{parts.tm_year} * 12 + parts.tm_mon;
    default:
      return parts.tm_year;
  }
}

}  // namespace

Schedule parse_schedule(std::string_view text) {
  const std::size_t sign = text.find('@');
  Schedule schedule;
  try {
    schedule.every = parse_seconds(text.substr(0, sign)).value;
  } catch (const Error&) {
    no_schedule();
  }
  if (sign != std::string_view::npos) {
    const std::string_view time = text.substr(sign + 1);
    if (time.size() != 5 || time[2] != ':') no_schedule();
    schedule.at = two_digits(time.substr(0, 2), 23) * 60 * kMinute + two_digits(time.substr(3), 59) * kMinute;
  }
  if (schedule.every < kShortest || schedule.every > kLongest || schedule.at >= schedule.every) no_schedule();
  return schedule;
}

std::string to_text(const Schedule& schedule) {
  std::string text = format(Seconds{schedule.every});
  if (schedule.at == 0) return text;
  const auto digits = [](std::uint64_t value) {
    return std::string(value < 10 ? "0" : "") + std::to_string(value);
  };
  return text + "@" + digits(schedule.at / 3600) + ":" + digits(schedule.at / kMinute % 60);
}

bool is_due(const Schedule& schedule, std::int64_t last, std::int64_t now) {
  return last < turn_before(schedule, now);
}

std::int64_t next_turn(const Schedule& schedule, std::int64_t now) {
  return turn_before(schedule, now) + static_cast<std::int64_t>(schedule.every);
}

Retention parse_retention(std::string_view text) {
  Retention retention;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t unit = part.empty() ? std::string_view::npos : kUnits.find(part.back());
    if (unit == std::string_view::npos || retention.count.at(unit) != 0) no_retention();
    try {
      const std::uint64_t count = parse_count(part.substr(0, part.size() - 1));
      if (count < 1 || count > kMostOfOne) no_retention();
      retention.count.at(unit) = static_cast<unsigned>(count);
    } catch (const Error&) {
      no_retention();
    }
    if (comma == std::string_view::npos) return retention;
    text.remove_prefix(comma + 1);
  }
}

std::string to_text(const Retention& retention) {
  std::string text;
  for (std::size_t unit = 0; unit < kUnits.size(); ++unit)
    if (retention.count.at(unit) > 0)
      text += (text.empty() ? "" : ",") + std::to_string(retention.count.at(unit)) + kUnits[unit];
  return text;
}

unsigned total(const Retention& retention) {
  return std::accumulate(retention.count.begin(), retention.count.end(), 0U);
}

std::vector<bool> kept_of(const std::vector<std::int64_t>& times, const Retention& retention) {
  std::vector<std::size_t> newest_first(times.size());
  std::iota(newest_first.begin(), newest_first.end(), std::size_t{0});
  std::stable_sort(newest_first.begin(), newest_first.end(),
                   [&](std::size_t a, std::size_t b) { return times[a] > times[b]; });
  std::vector<bool> kept(times.size(), false);
  if (!newest_first.empty()) kept[newest_first.front()] = true;
  for (std::size_t unit = 0; unit < kUnits.size(); ++unit) {
    unsigned left = retention.count.at(unit);
    std::optional<std::int64_t> period;
    for (const std::size_t i : newest_first) {
      if (left == 0) break;
      if (period == period_of(times[i], unit)) continue;
      period = period_of(times[i], unit);
      kept[i] = true;
      --left;
    }
  }
  return kept;
}

}  // namespace croft::ctl
