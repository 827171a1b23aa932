// Units of what an operator types and reads: sizes, cores, durations. Exact both ways: parsing never rounds
// and never wraps, and what is formatted parses back to the same value. All parsers throw Error kInvalid with
// a message that does not repeat the key.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace croft::ctl {

struct Bytes {
  std::uint64_t value = 0;
  auto operator<=>(const Bytes&) const = default;
};

// Thousandths of one CPU's time.
struct MilliCpu {
  std::uint64_t value = 0;
  auto operator<=>(const MilliCpu&) const = default;
};

struct Seconds {
  std::uint64_t value = 0;
  auto operator<=>(const Seconds&) const = default;
};

struct Micros {
  std::uint64_t value = 0;
  auto operator<=>(const Micros&) const = default;
};

// A limit that may be absent: nullopt is "unlimited".
template <class T>
using Limit = std::optional<T>;

inline constexpr std::string_view kUnlimited = "unlimited";

// "512M", "1.5G", "4096": binary K M G T (either case, optionally followed by iB), or bytes.
Bytes parse_bytes(std::string_view text);
// Bytes a second: as parse_bytes, or bits as networks are sold: "100Mbit", "1Gbit", decimal k M G T.
Bytes parse_rate(std::string_view text);
// Cores: "2", "0.5", "1.25"; at most three decimals.
MilliCpu parse_cores(std::string_view text);
// "90", "90s", "15min", "2h", "1d". A bare m is refused, because it means minutes to one and months to
// another.
Seconds parse_seconds(std::string_view text);
// Likewise, to the microsecond: "1.5s".
Micros parse_micros(std::string_view text);
// A decimal number without sign, leading zeros or blanks.
std::uint64_t parse_count(std::string_view text);

// The largest unit that divides the value: "512M", "1536M", "1000".
std::string format(Bytes value);
// "0.5", "2".
std::string format(MilliCpu value);
// "90s", "15min", "2h", "1d".
std::string format(Seconds value);
// Likewise; "0.5s" for what is no whole number of seconds.
std::string format(Micros value);

// As parse_bytes, where "unlimited" is allowed.
Limit<Bytes> parse_bytes_limit(std::string_view text);

}  // namespace croft::ctl
