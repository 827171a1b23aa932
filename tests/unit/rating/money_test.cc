#include "ctl/rating/money.h"

#include <gtest/gtest.h>

#include <random>

#include "ctl/rating/zone.h"
#include "runtime/error.h"

namespace croft::rating {
namespace {

std::string text(Wide number) {
  return fixed_text(number, 0);
}

TEST(Money, decimals_are_read_and_written_exactly) {
  EXPECT_EQ(text(parse_decimal("12.5", 3)), "12500");
  EXPECT_EQ(text(parse_decimal("-0.05", 2)), "-5");
  EXPECT_EQ(fixed_text(5, 2), "0.05");
  EXPECT_EQ(fixed_text(-1234, 2), "-12.34");
  EXPECT_EQ(fixed_text(0, 2), "0.00");
  EXPECT_EQ(short_text(parse_decimal("0.100", 12), 12), "0.1");
  EXPECT_EQ(short_text(parse_decimal("100", 9), 9), "100");
  EXPECT_EQ(short_text(0, 9), "0");
  EXPECT_EQ(fixed_text(parse_decimal("999999999999999.999999999999", 12), 12),
            "999999999999999.999999999999");
}

TEST(Money, what_is_no_decimal_is_refused) {
  for (const char* wrong : {"", "-", ".", ".5", "5.", "1,5", "+1", "1e3", "0x1", " 1", "1 ", "--1", "1.2.3",
                            "1.234", "1000000000000000", "nan"})
    EXPECT_THROW(parse_decimal(wrong, 2), runtime::Error) << wrong;
  EXPECT_THROW(parse_decimal("1.0", 0), runtime::Error);
}

TEST(Money, is_rounded_half_to_even) {
  EXPECT_EQ(text(multiply_divide(5, 1, 2)), "2");
  EXPECT_EQ(text(multiply_divide(7, 1, 2)), "4");
  EXPECT_EQ(text(multiply_divide(-5, 1, 2)), "-2");
  EXPECT_EQ(text(multiply_divide(-7, 1, 2)), "-4");
  EXPECT_EQ(text(multiply_divide(2, 1, 3)), "1");
  const Wide large = power_of_ten(37);
  EXPECT_EQ(text(multiply_divide(large, large, large)), text(large));
  EXPECT_THROW(multiply_divide(large, large, 1), runtime::Error);
  EXPECT_THROW(add(power_of_ten(38), power_of_ten(38)), runtime::Error);
  EXPECT_THROW(add(-power_of_ten(38), -power_of_ten(38)), runtime::Error);
}

TEST(Money, parts_add_up_and_are_never_off_by_a_coin) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    const Wide whole = Wide{static_cast<std::int64_t>(random())} * (round % 2 == 0 ? 1 : 1'000'000'007);
    std::vector<Wide> weights(1 + random() % 20);
    for (Wide& weight : weights) weight = Wide{random() >> (random() % 64U)} << (random() % 40U);
    const std::vector<Wide> parts = split(whole, weights);
    Wide sum = 0;
    Wide total = 0;
    for (const Wide part : parts) sum += part;
    for (const Wide weight : weights) total += weight;
    ASSERT_EQ(text(sum), text(whole));
    if (total == 0) continue;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Wide near = multiply_divide(whole, weights[i], total);
      ASSERT_LE(parts[i] > near ? parts[i] - near : near - parts[i], 1);
    }
  }
  EXPECT_TRUE(split(5, {}).empty());
  EXPECT_EQ(text(split(-1, {1, 1})[0]), "-1");
}

TEST(Money, currencies_have_their_digits) {
  EXPECT_EQ(currency_digits("EUR"), 2);
  EXPECT_EQ(currency_digits("JPY"), 0);
  EXPECT_EQ(currency_digits("KWD"), 3);
  EXPECT_EQ(currency_digits("CLF"), 4);
  for (const char* wrong : {"", "EU", "eur", "EURO", "XYZ", "D A", "   "})
    EXPECT_FALSE(currency_digits(wrong)) << wrong;
}

TEST(Zone, days_begin_where_the_customer_is) {
  const Zone berlin("Europe/Berlin");
  const Zone utc("UTC");
  EXPECT_EQ(utc.at({2026, 11, 1}) - berlin.at({2026, 11, 1}), 3'600'000'000);
  EXPECT_EQ(utc.at({2026, 7, 1}) - berlin.at({2026, 7, 1}), 7'200'000'000);
  const auto hours = [](const ledger::Period& span) { return (span.to - span.from) / 3'600'000'000; };
  EXPECT_EQ(hours(berlin.span_of({2026, 3})), 743);
  EXPECT_EQ(hours(berlin.span_of({2026, 10})), 745);
  EXPECT_EQ(hours(utc.span_of({2028, 2})), 29 * 24);
  EXPECT_EQ(berlin.month_at(utc.at({2026, 10, 31}, 23 * 60)), (Month{2026, 11}));
  EXPECT_EQ(utc.month_at(utc.at({2026, 10, 31}, 23 * 60)), (Month{2026, 10}));
  // Samoa had no 30th of December in 2011.
  EXPECT_EQ(hours(Zone("Pacific/Apia").span_of({2011, 12})), 30 * 24);
  for (const char* wrong : {"", "Mars/Olympus", "../../etc/passwd", "europe/berlin", "/etc/localtime"})
    EXPECT_THROW(Zone{wrong}, runtime::Error) << wrong;
}

TEST(Zone, dates_are_of_the_calendar) {
  EXPECT_EQ(to_text(day_after(parse_date("2028-02-28"))), "2028-02-29");
  EXPECT_EQ(to_text(day_after(parse_date("2026-12-31"))), "2027-01-01");
  EXPECT_EQ(weekday_of(parse_date("2026-11-22")), 6);
  for (const char* wrong : {"", "2026-02-29", "2026-1-1", "26-01-01", "2026-13-01", "2026-00-01",
                            "2026-01-32", "1969-12-31", "2026-01-01T", "2026+01-01", "-026-01-01"})
    EXPECT_THROW(parse_date(wrong), runtime::Error) << wrong;
  EXPECT_EQ(to_text(parse_month("2026-02")), "2026-02");
  for (const char* wrong : {"", "2026", "2026-0", "2026-13", "2026-00", "2026/02", "2026-1x"})
    EXPECT_THROW(parse_month(wrong), runtime::Error) << wrong;
}

}  // namespace
}  // namespace croft::rating
