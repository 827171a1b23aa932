#include "ctl/spec/units.h"

#include <array>
#include <limits>
#include <numeric>
#include <span>

#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

struct Unit {
  std::string_view suffix;
  std::uint64_t factor;
};

// Largest first: format takes the first that divides.
constexpr std::array kSizes{Unit{"T", std::uint64_t{1} << 40}, Unit{"G", std::uint64_t{1} << 30},
                            Unit{"M", std::uint64_t{1} << 20}, Unit{"K", std::uint64_t{1} << 10}};
constexpr std::array kDurations{Unit{"d", 86400}, Unit{"h", 3600}, Unit{"min", 60}, Unit{"s", 1}};

// What SQLite's and most languages' integers can hold.
constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t kMaxDecimals = 15;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::kInvalid, "`" + shown(text) + "` " + std::string(why));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& rest) {
  std::size_t n = 0;
  while (n < rest.size() && is_digit(rest[n])) ++n;
  const std::string_view digits = rest.substr(0, n);
  rest.remove_prefix(n);
  return digits;
}

// "12.5M" cut in its parts; decimals without their trailing zeros.
struct Number {
  std::string_view whole;
  std::string_view decimals;
  std::string_view suffix;
};

Number cut(std::string_view text, std::string_view example) {
  Number number;
  std::string_view rest = text;
  number.whole = take_digits(rest);
  bool complete = !number.whole.empty();
  if (complete && rest.starts_with('.')) {
    rest.remove_prefix(1);
    number.decimals = take_digits(rest);
    complete = !number.decimals.empty();
  }
  if (!complete) refuse(text, "is not a number with a unit, as in " + std::string(example));
  while (number.decimals.ends_with('0')) number.decimals.remove_suffix(1);
  number.suffix = rest;
  return number;
}

std::uint64_t to_integer(std::string_view digits, std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : digits)
    if (__builtin_mul_overflow(value, 10U, &value) ||
        __builtin_add_overflow(value, static_cast<std::uint64_t>(c - '0'), &value))
      refuse(text, "is too large");
  return value;
}

// whole.decimals * factor, or an error when that is no integer. With g = gcd(factor, 10^n) the decimals
// contribute d / (10^n / g) * (factor / g), which is below factor and needs no wider type.
std::uint64_t scale(const Number& number, std::uint64_t factor, std::string_view text) {
  std::uint64_t value = 0;
  if (__builtin_mul_overflow(to_integer(number.whole, text), factor, &value)) refuse(text, "is too large");
  constexpr std::string_view kInexact = "has more decimals than its unit can express exactly";
  if (number.decimals.size() > kMaxDecimals) refuse(text, kInexact);
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < number.decimals.size(); ++i) power *= 10;
  const std::uint64_t common = std::gcd(factor, power);
  const std::uint64_t decimals = to_integer(number.decimals, text);
  if (decimals % (power / common) != 0) refuse(text, kInexact);
  value += decimals / (power / common) * (factor / common);
  if (value > kLargest) refuse(text, "is too large");
  return value;
}

std::string format_unit(std::uint64_t value, std::span<const Unit> units, std::string_view otherwise) {
  if (value != 0)
    for (const Unit& unit : units)
      if (value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.suffix);
  return std::to_string(value) + std::string(otherwise);
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::uint64_t size_factor(std::string_view suffix, std::string_view text) {
  if (suffix.empty()) return 1;
  const std::string_view after = suffix.substr(1);
  for (const Unit& unit : kSizes)
    if (upper(suffix[0]) == unit.suffix[0] && (after.empty() || after == "iB")) return unit.factor;
  refuse(text, "has an unknown unit; sizes end in K, M, G or T (binary) or are bytes");
}

// Bits of "100Mbit", decimal as networks are sold, or of none such.
std::optional<std::uint64_t> bits_factor(std::string_view suffix, std::string_view text) {
  if (!suffix.ends_with("bit")) return std::nullopt;
  suffix.remove_suffix(3);
  if (suffix.empty()) return 1;
  std::uint64_t factor = 1;
  for (const char unit : {'K', 'M', 'G', 'T'}) {
    factor *= 1000;
    if (suffix.size() == 1 && upper(suffix[0]) == unit) return factor;
  }
  refuse(text, "has an unknown unit; rates in bits end in bit, kbit, Mbit, Gbit or Tbit");
}

// `text` as a number of parts of a second.
std::uint64_t duration(std::string_view text, std::uint64_t parts) {
  const Number number = cut(text, "90s");
  if (number.suffix == "m") refuse(text, "is ambiguous: write min for minutes (m is no unit of time here)");
  if (number.suffix.empty()) return scale(number, parts, text);
  for (const Unit& unit : kDurations)
    if (number.suffix == unit.suffix) return scale(number, unit.factor * parts, text);
  refuse(text, "has an unknown unit; durations end in s, min, h or d");
}

// value / power, a power of ten, without zeros at the end.
std::string decimal(std::uint64_t value, std::uint64_t power) {
  std::string text = std::to_string(value / power);
  const std::uint64_t rest = value % power;
  if (rest == 0) return text;
  std::string decimals = std::to_string(power + rest).substr(1);
  while (decimals.ends_with('0')) decimals.pop_back();
  return text + "." + decimals;
}

constexpr std::uint64_t kMicros = 1'000'000;

}  // namespace

Bytes parse_bytes(std::string_view text) {
  const Number number = cut(text, "512M");
  return {scale(number, size_factor(number.suffix, text), text)};
}

Bytes parse_rate(std::string_view text) {
  const Number number = cut(text, "100Mbit or 12M");
  const auto factor = bits_factor(number.suffix, text);
  if (!factor) return parse_bytes(text);
  const std::uint64_t bits = scale(number, *factor, text);
  if (bits % 8 != 0) refuse(text, "is no whole number of bytes a second");
  return {bits / 8};
}

MilliCpu parse_cores(std::string_view text) {
  const Number number = cut(text, "0.5");
  if (!number.suffix.empty()) refuse(text, "is not a number of cores, as in 0.5 or 2");
  return {scale(number, 1000, text)};
}

Seconds parse_seconds(std::string_view text) {
  return {duration(text, 1)};
}

Micros parse_micros(std::string_view text) {
  return {duration(text, kMicros)};
}

std::uint64_t parse_count(std::string_view text) {
  std::string_view rest = text;
  const std::string_view digits = take_digits(rest);
  if (digits.empty() || !rest.empty()) refuse(text, "is not a whole number");
  if (digits.size() > 1 && digits[0] == '0') refuse(text, "has leading zeros");
  const std::uint64_t value = to_integer(digits, text);
  if (value > kLargest) refuse(text, "is too large");
  return value;
}

std::string format(Bytes value) {
  return format_unit(value.value, kSizes, "");
}

std::string format(MilliCpu value) {
  return decimal(value.value, 1000);
}

std::string format(Seconds value) {
  return format_unit(value.value, kDurations, "s");
}

std::string format(Micros value) {
  if (value.value % kMicros == 0) return format(Seconds{value.value / kMicros});
  return decimal(value.value, kMicros) + "s";
}

Limit<Bytes> parse_bytes_limit(std::string_view text) {
  if (text == kUnlimited) return std::nullopt;
  return parse_bytes(text);
}

}  // namespace croft::ctl
