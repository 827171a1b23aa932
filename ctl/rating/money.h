// Money as scaled integers of 128 bits: decimal text in and out, one rounding, and parts that add up. No
// price or amount is ever a double. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace croft::rating {

__extension__ using Wide = __int128;

inline constexpr int kPriceDigits = 12;      // after the point of a unit's price
inline constexpr int kQuantityDigits = 9;    // and of a quantity, as it is written
inline constexpr int kMostWholeDigits = 15;  // before the point, of either

// 10 to the power of `exponent`, 0 to 38.
Wide power_of_ten(int exponent);

// "12.5" with 3 digits is 12500: an optional minus, digits, and at most `digits` more behind a point. Throws
// Error kInvalid that says what is wrong with it, also when it has more digits than that, or more than
// `whole` before the point (whole + digits: at most 38).
Wide parse_decimal(std::string_view text, int digits, int whole = kMostWholeDigits);
// The other way, with exactly `digits` of them behind the point.
std::string fixed_text(Wide scaled, int digits);
// As above, without zeros at its end: "12.5", "12".
std::string short_text(Wide scaled, int digits);

// Throws Error kExhausted for what has more than 128 bits.
Wide add(Wide left, Wide right);
// left * right / by, rounded to the nearest, and a tie to the even one. `by` is more than 0; the product may
// have more than 128 bits, what comes of it may not.
Wide multiply_divide(Wide left, Wide right, Wide by);

// `whole` in parts as large as the weights (none negative) say, by largest remainder; of equal remainders the
// earlier one has it. Without any weight all are equal. The parts add up to `whole`.
std::vector<Wide> split(Wide whole, const std::vector<Wide>& weights);

// Digits behind the point of a currency of ISO 4217 (amendment 176); empty: there is none of that code.
std::optional<int> currency_digits(std::string_view code);

}  // namespace croft::rating
