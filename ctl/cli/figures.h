// Figures as people read them in tables: rounded, with a unit. JSON always has the exact ones.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "ctl/client/client.h"

namespace croft::ctl {

// "0", "812", "1.0K", "1.5G", "12G": binary units, two significant digits below ten.
std::string human_size(std::uint64_t bytes);
// Thousandths of a core: "0.5", "2".
std::string human_cores(std::uint64_t milli);
// "45s", "3min", "2h", "12d": the largest whole unit.
std::string human_span(std::uint64_t seconds);
// Microseconds: "0s", "850ms", "2.5s", then as human_span.
std::string human_micros(std::uint64_t micros);

// Seconds since the epoch of an RFC 3339 time in UTC ("2026-11-21T02:13:00.123456Z"); nullopt when it is
// none.
std::optional<std::time_t> parse_time(std::string_view text);
// "2026-11-21 02:13:00" in the local time zone; the text itself when it is no time.
std::string local_time(std::string_view text);
// The same without seconds, for tables; "-" when it is no time.
std::string short_time(std::string_view text);

// A limit of the spec: a number through `format`, "unlimited" as it is, null as "-".
std::string limit_text(const Json& value, std::string (*format)(std::uint64_t));

// A JSON value in one line of text without quotes: lists joined with commas, null as "-".
std::string plain(const Json& value);

// The member at a path of names ("usage", "memory_bytes"), null when any part is missing.
Json at_path(const Json& value, std::initializer_list<std::string_view> path);
// As above, for one text member; empty when it is missing or no text.
std::string text_at(const Json& value, std::string_view name);
// Of a text with several lines the first, and how many there are.
std::string first_line(const std::string& text);

}  // namespace croft::ctl
