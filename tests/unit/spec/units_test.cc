#include "ctl/spec/units.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/error.h"

namespace croft::ctl {
namespace {

template <class F>
std::string refusal(F parse, std::string_view text) {
  try {
    (void)parse(text);
  } catch (const runtime::Error& error) {
    EXPECT_EQ(error.kind(), runtime::ErrorKind::kInvalid);
    return error.what();
  }
  return "accepted";
}

constexpr std::uint64_t kLargest = INT64_MAX;

TEST(Units, SizesAreBinaryAndExact) {
  EXPECT_EQ(parse_bytes("0").value, 0U);
  EXPECT_EQ(parse_bytes("4096").value, 4096U);
  EXPECT_EQ(parse_bytes("1K").value, 1024U);
  EXPECT_EQ(parse_bytes("512M").value, 512U << 20);
  EXPECT_EQ(parse_bytes("512m").value, 512U << 20);
  EXPECT_EQ(parse_bytes("512MiB").value, 512U << 20);
  EXPECT_EQ(parse_bytes("1.5G").value, std::uint64_t{3} << 29);
  EXPECT_EQ(parse_bytes("1.50G").value, std::uint64_t{3} << 29);
  EXPECT_EQ(parse_bytes("0.0009765625K").value, 1U);
  EXPECT_EQ(parse_bytes("2T").value, std::uint64_t{2} << 40);
  EXPECT_EQ(parse_bytes("9223372036854775807").value, kLargest);
  EXPECT_EQ(parse_bytes("0.000000000000000M").value, 0U);
}

TEST(Units, RatesAreBytesOrDecimalBits) {
  EXPECT_EQ(parse_rate("12M").value, 12U << 20);
  EXPECT_EQ(parse_rate("4096").value, 4096U);
  EXPECT_EQ(parse_rate("8bit").value, 1U);
  EXPECT_EQ(parse_rate("100Mbit").value, 12'500'000U);
  EXPECT_EQ(parse_rate("2.5gbit").value, 312'500'000U);
  EXPECT_EQ(parse_rate("64kbit").value, 8000U);
  EXPECT_EQ(parse_rate("1Tbit").value, 125'000'000'000U);
  EXPECT_EQ(refusal(parse_rate, "9bit"), "`9bit` is no whole number of bytes a second");
  EXPECT_EQ(refusal(parse_rate, "1Mibit"),
            "`1Mibit` has an unknown unit; rates in bits end in bit, kbit, Mbit, Gbit or Tbit");
  EXPECT_EQ(refusal(parse_rate, "99999999Tbit"), "`99999999Tbit` is too large");
  EXPECT_EQ(refusal(parse_rate, "fast"), "`fast` is not a number with a unit, as in 100Mbit or 12M");
}

TEST(Units, SizesThatAreRefused) {
  for (const char* text : {"",
                           "M",
                           "-1",
                           "+1",
                           " 1M",
                           "1M ",
                           "1 M",
                           "1e3",
                           "0x10",
                           "1MB",
                           "1Mi",
                           "1P",
                           "1.M",
                           ".5M",
                           "1.5",
                           "1.1K",
                           "1.0.0K",
                           "9223372036854775808",
                           "18446744073709551616",
                           "8388608T",
                           "99999999999999999999999999",
                           "0.00000000000000001T",
                           "unlimited",
                           "1M\n",
                           "١"})
    EXPECT_NE(refusal(parse_bytes, text), "accepted") << text;
  EXPECT_EQ(refusal(parse_bytes, std::string_view("1\0", 2)),
            "`1?` has an unknown unit; sizes end in K, M, G or T (binary) or are bytes");
}

TEST(Units, CoresHaveThreeDecimals) {
  EXPECT_EQ(parse_cores("2").value, 2000U);
  EXPECT_EQ(parse_cores("0.5").value, 500U);
  EXPECT_EQ(parse_cores("0.001").value, 1U);
  EXPECT_EQ(parse_cores("1.2500").value, 1250U);
  for (const char* text : {"", "0.0001", "2c", "500m", "-1", ".5", "1,5", "50%"})
    EXPECT_NE(refusal(parse_cores, text), "accepted") << text;
  EXPECT_EQ(parse_cores("9223372036854775").value, 9223372036854775000U);
  EXPECT_NE(refusal(parse_cores, "9223372036854776"), "accepted");
}

TEST(Units, DurationsRefuseTheAmbiguousM) {
  EXPECT_EQ(parse_seconds("90").value, 90U);
  EXPECT_EQ(parse_seconds("90s").value, 90U);
  EXPECT_EQ(parse_seconds("15min").value, 900U);
  EXPECT_EQ(parse_seconds("1.5h").value, 5400U);
  EXPECT_EQ(parse_seconds("1d").value, 86400U);
  EXPECT_EQ(refusal(parse_seconds, "5m"),
            "`5m` is ambiguous: write min for minutes (m is no unit of time here)");
  for (const char* text : {"", "s", "5M", "5 s", "1.5s", "1h30min", "-1s", "1w", "999999999999999d"})
    EXPECT_NE(refusal(parse_seconds, text), "accepted") << text;
}

TEST(Units, DurationsToTheMicrosecond) {
  EXPECT_EQ(parse_micros("90").value, 90'000'000U);
  EXPECT_EQ(parse_micros("0.5s").value, 500'000U);
  EXPECT_EQ(parse_micros("0.000001s").value, 1U);
  EXPECT_EQ(parse_micros("30min").value, 1'800'000'000U);
  EXPECT_EQ(format(Micros{1'800'000'000}), "30min");
  EXPECT_EQ(format(Micros{1'500'000}), "1.5s");
  EXPECT_EQ(format(Micros{1}), "0.000001s");
  for (const char* text : {"", "5m", "0.0000001s", "-1s", "1us"})
    EXPECT_NE(refusal(parse_micros, text), "accepted") << text;
}

TEST(Units, CountsAreWholeNumbers) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_EQ(parse_count("4096"), 4096U);
  EXPECT_EQ(parse_count("9223372036854775807"), kLargest);
  for (const char* text : {"", "01", "-0", "1.0", "1K", "9223372036854775808", "1 ", "+1"})
    EXPECT_NE(refusal(parse_count, text), "accepted") << text;
}

TEST(Units, UnlimitedIsALimit) {
  EXPECT_EQ(parse_bytes_limit("unlimited"), std::nullopt);
  EXPECT_EQ(parse_bytes_limit("1K"), Bytes{1024});
  EXPECT_NE(refusal(parse_bytes_limit, "Unlimited"), "accepted");
}

TEST(Units, FormatUsesTheLargestUnitThatDivides) {
  EXPECT_EQ(format(Bytes{0}), "0");
  EXPECT_EQ(format(Bytes{1000}), "1000");
  EXPECT_EQ(format(Bytes{1536 << 20}), "1536M");
  EXPECT_EQ(format(Bytes{std::uint64_t{1} << 30}), "1G");
  EXPECT_EQ(format(MilliCpu{500}), "0.5");
  EXPECT_EQ(format(MilliCpu{2000}), "2");
  EXPECT_EQ(format(MilliCpu{1001}), "1.001");
  EXPECT_EQ(format(Seconds{90}), "90s");
  EXPECT_EQ(format(Seconds{900}), "15min");
  EXPECT_EQ(format(Seconds{0}), "0s");
}

TEST(Units, WhatIsFormattedParsesBack) {
  std::mt19937_64 random(20261);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t value = (random() & kLargest) >> (random() % 63) << (random() % 20) & kLargest;
    ASSERT_EQ(parse_bytes(format(Bytes{value})).value, value);
    ASSERT_EQ(parse_cores(format(MilliCpu{value})).value, value);
    ASSERT_EQ(parse_seconds(format(Seconds{value})).value, value);
    ASSERT_EQ(parse_micros(format(Micros{value})).value, value);
    ASSERT_EQ(parse_count(std::to_string(value)), value);
  }
}

// Decimal arithmetic against the same thing done with long division on digit strings.
TEST(Units, DecimalsAgreeWithExactArithmetic) {
  std::mt19937_64 random(20262);
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t parts = random() % 1024;  // n/1024 G has at most ten decimals
    const std::uint64_t whole = random() % 100;
    std::string decimals;
    std::uint64_t rest = parts;
    while (rest != 0) {
      rest *= 10;
      decimals += static_cast<char>('0' + rest / 1024);
      rest %= 1024;
    }
    const std::string text = std::to_string(whole) + (decimals.empty() ? "" : "." + decimals) + "G";
    ASSERT_EQ(parse_bytes(text).value, (whole << 30) + (parts << 20)) << text;
  }
}

}  // namespace
}  // namespace croft::ctl
