#include "netns/pool.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::string complaint(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
    return error.what();
  }
  return "";
}

TEST(Address, RoundTrip) {
  for (const char* text : {"0.0.0.0", "10.207.0.1", "255.255.255.255", "::", "::1", "fd63:726f:6674::1",
                           "fe80::1", "2001:db8::ffff:0:1", "::ffff:10.0.0.1"})
    EXPECT_EQ(to_text(parse_address(text)), text);
  EXPECT_EQ(to_text(parse_address("FD00:0:0::A")), "fd00::a");
}

TEST(Address, WrongTextIsRefused) {
  for (const char* text :
       {"", " ", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1 ", " 10.0.0.1", "0x0a000001", "10.0.0.1\n",
        "1.2.3.4.5", "fe80::1%eth0", "::1::", ":", "12345::", "web1", "10.0.0.1:80", "[::1]"})
    EXPECT_NE(complaint([&] { parse_address(text); }), "") << text;
  EXPECT_NE(complaint([] { parse_address(std::string_view("10.0.0.1\0x", 10)); }), "");
  EXPECT_NE(complaint([] { parse_address("10.0.0.1/16"); }).find("leave out"), std::string::npos);
  EXPECT_LT(complaint([] { parse_address(std::string(100000, 'x')); }).size(), 200U);
}

TEST(Prefix, RoundTrip) {
  for (const char* text :
       {"0.0.0.0/0", "10.207.0.0/16", "10.0.0.1/32", "::/0", "fd63:726f:6674::/64", "::1/128"})
    EXPECT_EQ(to_text(parse_prefix(text)), text);
}

TEST(Prefix, WrongTextIsRefused) {
  for (const char* text :
       {"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
        "10.0.0.0/8 ", "10.0.0.0/8/8", "::/129", "/16", "10.0.0.0/99999999999999999999"})
    EXPECT_NE(complaint([&] { parse_prefix(text); }), "") << text;
  EXPECT_NE(complaint([] { parse_prefix("10.207.3.4/16"); }).find("10.207.0.0/16"), std::string::npos);
  EXPECT_NE(complaint([] { parse_prefix("fd00::1/127"); }).find("fd00::/127"), std::string::npos);
}

TEST(Prefix, Contains) {
  const Prefix pool = parse_prefix("10.207.128.0/17");
  EXPECT_TRUE(contains(pool, parse_address("10.207.255.255")));
  EXPECT_FALSE(contains(pool, parse_address("10.207.127.255")));
  EXPECT_FALSE(contains(pool, parse_address("::ffff:10.207.128.1")));
  EXPECT_TRUE(overlaps(pool, parse_prefix("10.0.0.0/8")));
  EXPECT_TRUE(overlaps(parse_prefix("10.0.0.0/8"), pool));
  EXPECT_FALSE(overlaps(pool, parse_prefix("10.207.0.0/17")));
}

TEST(Pool, FirstAndLast) {
  const Prefix v4 = parse_prefix("10.207.0.0/16");
  EXPECT_EQ(capacity(v4), 65534U);
  EXPECT_EQ(to_text(nth(v4, 0)), "10.207.0.1");
  EXPECT_EQ(to_text(nth(v4, 255)), "10.207.1.0");
  EXPECT_EQ(to_text(nth(v4, 65533)), "10.207.255.254");
  EXPECT_NE(complaint([&] { nth(v4, 65534); }), "");
  const Prefix v6 = parse_prefix("fd63:726f:6674::/64");
  EXPECT_EQ(to_text(nth(v6, 0)), "fd63:726f:6674::1");
  EXPECT_EQ(capacity(v6), std::uint64_t{1} << 62);
  EXPECT_EQ(to_text(nth(v6, capacity(v6) - 1)), "fd63:726f:6674:0:4000::");
}

TEST(Pool, TinyOnesAreUsedWhole) {
  EXPECT_EQ(capacity(parse_prefix("10.0.0.7/32")), 1U);
  EXPECT_EQ(to_text(nth(parse_prefix("10.0.0.7/32"), 0)), "10.0.0.7");
  EXPECT_EQ(capacity(parse_prefix("10.0.0.6/31")), 2U);
  EXPECT_EQ(capacity(parse_prefix("10.0.0.4/30")), 2U);
  EXPECT_EQ(to_text(nth(parse_prefix("10.0.0.4/30"), 1)), "10.0.0.6");
  EXPECT_EQ(capacity(parse_prefix("fd00::/127")), 2U);
  EXPECT_EQ(capacity(parse_prefix("fd00::/126")), 3U);
}

TEST(Pool, WidePoolsDoNotCarryOver) {
  const Prefix all = parse_prefix("::/0");
  EXPECT_EQ(index_of(all, nth(all, 12345)), 12345U);
  const Prefix high = parse_prefix("ff00::/8");
  EXPECT_FALSE(index_of(high, parse_address("ff01::1")).has_value());
}

TEST(Pool, IndexIsTheInverse) {
  std::mt19937_64 random(7);
  for (const char* text : {"10.0.0.0/8", "10.207.0.0/16", "192.0.2.128/25", "192.0.2.4/30", "fd00::/64",
                           "fd00::/112", "fd00::/48", "0.0.0.0/0"}) {
    const Prefix pool = parse_prefix(text);
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t n = random() % capacity(pool);
      const Address address = nth(pool, n);
      EXPECT_TRUE(contains(pool, address));
      EXPECT_EQ(index_of(pool, address), n) << to_text(address);
    }
  }
  const Prefix pool = parse_prefix("10.207.0.0/16");
  EXPECT_FALSE(index_of(pool, parse_address("10.207.0.0")).has_value());
  EXPECT_FALSE(index_of(pool, parse_address("10.207.255.255")).has_value());
  EXPECT_FALSE(index_of(pool, parse_address("10.208.0.1")).has_value());
  EXPECT_FALSE(index_of(pool, parse_address("fd00::1")).has_value());
}

TEST(Pool, NextFitGoesRoundOnce) {
  const Prefix pool = parse_prefix("10.0.0.0/29");  // .1 to .6
  std::set<Address> taken;
  std::uint64_t next = 4;
  std::string order;
  while (const auto n = next_fit(pool, next, [&](const Address& a) { return taken.contains(a); })) {
    taken.insert(nth(pool, *n));
    order += std::to_string(*n);
    next = *n + 1;
  }
  EXPECT_EQ(order, "450123");
  taken.erase(nth(pool, 1));
  EXPECT_EQ(next_fit(pool, 4, [&](const Address& a) { return taken.contains(a); }), 1U);
}

TEST(Pool, NextFitGivesUpOnAnEndlessPool) {
  std::uint64_t asked = 0;
  EXPECT_FALSE(
      next_fit(parse_prefix("fd00::/64"), 0, [&](const Address&) { return ++asked > 0; }).has_value());
  EXPECT_EQ(asked, std::uint64_t{1} << 20);
}

TEST(Address, Usable) {
  for (const char* text : {"10.207.0.1", "192.0.2.1", "fd63::1", "2001:db8::1", "169.253.0.1"})
    EXPECT_TRUE(is_usable(parse_address(text))) << text;
  for (const char* text :
       {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.1.2.3", "169.254.1.1", "224.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:10.0.0.1", "fe80::1", "febf::1", "ff02::1"})
    EXPECT_FALSE(is_usable(parse_address(text))) << text;
}

// Any bytes are either an address that prints and parses again, or an Error.
TEST(Pool, OnlyOfAddressesThatContainersCanHave) {
  for (const char* text : {"10.0.0.0/8", "203.0.113.7/32", "fd00::/32", "2001:db8::/64", "169.253.0.0/16"})
    EXPECT_NO_THROW(check_pool(parse_prefix(text))) << text;
  for (const char* text : {"0.0.0.0/0", "10.0.0.0/7", "127.0.0.0/16", "169.0.0.0/8", "169.254.7.0/24",
                           "239.0.0.0/24", "::/0", "fd00::/31", "fe80::/64", "::/64", "ff02::/64"})
    EXPECT_THROW(check_pool(parse_prefix(text)), runtime::Error) << text;
}

TEST(Address, RandomTextNeverDoesAnythingElse) {
  std::mt19937 random(42);
  const std::string alphabet = std::string("0123456789abcdefF:./% x-") + '\0';
  for (int i = 0; i < 200000; ++i) {
    std::string text(random() % 24, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    try {
      const Prefix prefix = parse_prefix(text);
      EXPECT_EQ(parse_prefix(to_text(prefix)), prefix);
    } catch (const Error&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace croft::netns
