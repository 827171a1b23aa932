#include "ctl/rating/money.h"

#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_int.hpp>
#include <numeric>
#include <utility>

#include "runtime/error.h"

namespace croft::rating {
namespace {

using boost::multiprecision::checked_int512_t;
using runtime::Error;
using runtime::ErrorKind;

__extension__ using Unsigned = unsigned __int128;
constexpr Wide kMost = static_cast<Wide>(~Unsigned{0} >> 1U);

// Currencies by how many digits they have; those with two are all others that are in use.
constexpr std::string_view kNone = " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
constexpr std::string_view kThree = " BHD IQD JOD KWD LYD OMR TND ";
constexpr std::string_view kFour = " CLF UYW ";
constexpr std::string_view kTwo =
    " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
    "CDF "
    "CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR "
    "SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU "
    "UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ";

[[noreturn]] void fail_wide() {
  throw Error(ErrorKind::kExhausted, "an amount or a quantity has more than 128 bits");
}

Wide narrow(const checked_int512_t& number) {
  if (number > checked_int512_t(kMost) || number < -checked_int512_t(kMost)) fail_wide();
  return number.convert_to<Wide>();
}

// Nothing where it is none.
std::optional<int> digit(char c) {
  if (c < '0' || c > '9') return std::nullopt;
  return c - '0';
}

}  // namespace

Wide power_of_ten(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

Wide parse_decimal(std::string_view text, int digits, int most) {
  const auto fail = [](const std::string& why) -> Error { return {ErrorKind::kInvalid, why}; };
  const bool minus = text.starts_with('-');
  if (minus) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view rest = point < text.size() ? text.substr(point + 1) : std::string_view();
  const auto is_number = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), [](char c) { return digit(c).has_value(); });
  };
  if (whole.empty() || (point < text.size() && rest.empty()) || !is_number(whole) || !is_number(rest))
    throw fail("must be a decimal number as text, as in \"12.50\"");
  if (whole.size() > static_cast<std::size_t>(most))
    throw fail("has more than " + std::to_string(most) + " digits before the point");
  if (rest.size() > static_cast<std::size_t>(digits))
    throw fail(digits == 0 ? "must not have digits after the point"
                           : "has more than " + std::to_string(digits) + " digits after the point");
  Wide scaled = 0;
  for (const char c : whole) scaled = scaled * 10 + *digit(c);
  for (const char c : rest) scaled = scaled * 10 + *digit(c);
  scaled *= power_of_ten(digits - static_cast<int>(rest.size()));
  return minus ? -scaled : scaled;
}

std::string fixed_text(Wide scaled, int digits) {
  std::string text;
  Unsigned left = scaled < 0 ? Unsigned{0} - static_cast<Unsigned>(scaled) : static_cast<Unsigned>(scaled);
  for (int place = 0; left > 0 || place <= digits; ++place, left /= 10) {
    if (place == digits && digits > 0) text += '.';
    text += static_cast<char>('0' + static_cast<int>(left % 10));
  }
  if (scaled < 0) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

std::string short_text(Wide scaled, int digits) {
  std::string text = fixed_text(scaled, digits);
  if (digits == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

Wide add(Wide left, Wide right) {
  if (right > 0 ? left > kMost - right : left < -kMost - right) fail_wide();
  return left + right;
}

Wide multiply_divide(Wide left, Wide right, Wide by) {
  const checked_int512_t product = checked_int512_t(left) * right;
  checked_int512_t quotient;
  checked_int512_t remainder;
  divide_qr(product < 0 ? checked_int512_t(-product) : product, checked_int512_t(by), quotient, remainder);
  const checked_int512_t twice = remainder * 2;
  if (twice > by || (twice == by && bit_test(quotient, 0))) quotient += 1;
  return narrow(product < 0 ? checked_int512_t(-quotient) : quotient);
}

std::vector<Wide> split(Wide whole, const std::vector<Wide>& weights) {
  if (weights.empty()) return {};
  checked_int512_t total = 0;
  for (const Wide weight : weights) total += weight;
  const bool none = total == 0;
  if (none) total = weights.size();
  const Wide size = whole < 0 ? -whole : whole;
  std::vector<Wide> parts;
  std::vector<checked_int512_t> remainders;
  Wide left = size;
  for (const Wide weight : weights) {
    checked_int512_t quotient;
    checked_int512_t remainder;
    divide_qr(checked_int512_t(checked_int512_t(size) * (none ? Wide{1} : weight)), total, quotient,
              remainder);
    parts.push_back(narrow(quotient));
    remainders.push_back(std::move(remainder));
    left -= parts.back();
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; left > 0; ++i, --left) ++parts[order.at(i)];
  if (whole < 0)
    for (Wide& part : parts) part = -part;
  return parts;
}

std::optional<int> currency_digits(std::string_view code) {
  const std::array<std::pair<std::string_view, int>, 4> all{{{kTwo, 2}, {kNone, 0}, {kThree, 3}, {kFour, 4}}};
  if (code.size() != 3 || !std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return std::nullopt;
  for (const auto& [codes, digits] : all)
    if (codes.find(" " + std::string(code) + " ") != std::string_view::npos) return digits;
  return std::nullopt;
}

}  // namespace croft::rating
