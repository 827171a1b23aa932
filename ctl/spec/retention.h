// What is made again and again, and for how long it is kept: schedules and retention of snapshots and
// backups. Pure: times are seconds since 1970, UTC.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace croft::ctl {

// "1d", "6h@00:30": at multiples of `every` since 1970, moved by `at`.
struct Schedule {
  std::uint64_t every = 0;  // seconds
  std::uint64_t at = 0;     // seconds, less than `every`
  bool operator==(const Schedule&) const = default;
};
// 5 minutes to 400 days; the time of the day is less than a day and less than the interval. Throws Error
// kInvalid.
Schedule parse_schedule(std::string_view text);
std::string to_text(const Schedule& schedule);
// Whether a turn came after `last`, when it was done last. However many were missed, one is due.
bool is_due(const Schedule& schedule, std::int64_t last, std::int64_t now);
// When the first one after `now` comes.
std::int64_t next_turn(const Schedule& schedule, std::int64_t now);

// "24h,7d,4w,12m,3y": of each of the last 24 hours that have any the last one, and so on.
struct Retention {
  std::array<unsigned, 5> count{};  // of hours, days, weeks from Monday, months, years
  bool operator==(const Retention&) const = default;
};
// Each unit once, in any order, 1 to 1000 of it. Throws Error kInvalid.
Retention parse_retention(std::string_view text);
std::string to_text(const Retention& retention);
// How many that is at most.
unsigned total(const Retention& retention);
// For each of `times`, in any order, whether it is kept. The newest always is.
std::vector<bool> kept_of(const std::vector<std::int64_t>& times, const Retention& retention);

}  // namespace croft::ctl
