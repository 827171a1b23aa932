#include "netns/pool.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint64_t kMostTries = std::uint64_t{1} << 20;
constexpr std::uint64_t kLargest = std::uint64_t{1} << 62;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  // What is quoted here may come from anywhere: bounded, and printable only.
  std::string shown(text.substr(0, 64));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  throw Error(ErrorKind::kInvalid, "`" + shown + "` " + why);
}

unsigned width(Family family) {
  return family == Family::kV4 ? 32 : 128;
}

int native(Family family) {
  return family == Family::kV4 ? AF_INET : AF_INET6;
}

// The last 64 bits (of IPv4: all 32) as a number, and back.
std::uint64_t low_bits(const Address& address) {
  std::uint64_t value = 0;
  const std::size_t first = address.size() == 4 ? 0 : 8;
  for (std::size_t i = first; i < address.size(); ++i) value = value << 8 | address.bytes[i];
  return value;
}

void set_low_bits(Address& address, std::uint64_t value) {
  const std::size_t first = address.size() == 4 ? 0 : 8;
  for (std::size_t i = address.size(); i > first; --i, value >>= 8)
    address.bytes[i - 1] = static_cast<std::uint8_t>(value & 0xff);
}

// Addresses at the beginning of a pool that are never given out, and at its end.
std::uint64_t skipped_first(const Prefix& pool) {
  return width(pool.base.family) - pool.length < 2 ? 0 : 1;
}
std::uint64_t skipped_last(const Prefix& pool) {
  return pool.base.family == Family::kV4 ? skipped_first(pool) : 0;
}

// What no container can have: "this network", loopback, link-local, multicast and what lies beyond; of IPv6
// also the IPv4-mapped ones.
const std::vector<Prefix>& reserved() {
  static const std::vector<Prefix> kReserved = [] {
    std::vector<Prefix> prefixes;
    for (const char* text :
         {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "::/32", "fe80::/10", "ff00::/8"})
      prefixes.push_back(parse_prefix(text));
    return prefixes;
  }();
  return kReserved;
}

constexpr unsigned kWidestPool4 = 8;
constexpr unsigned kWidestPool6 = 32;

}  // namespace

Address parse_address(std::string_view text) {
  Address address;
  address.family = text.find(':') == std::string_view::npos ? Family::kV4 : Family::kV6;
  // inet_pton ends at a zero byte, and takes no leading zeros or zones.
  const std::string copy(text);
  if (text.size() > INET6_ADDRSTRLEN || copy.find('\0') != std::string::npos ||
      inet_pton(native(address.family), copy.c_str(), address.bytes.data()) != 1)
    refuse(text, text.find('/') == std::string_view::npos
                     ? "is not an IPv4 or IPv6 address"
                     : "is not an address: leave out the `/` and what follows");
  return address;
}

Address masked(Address address, unsigned length) {
  for (std::size_t i = 0; i < address.size(); ++i) {
    const unsigned begin = static_cast<unsigned>(i) * 8;
    const unsigned keep = length <= begin ? 0 : std::min(length - begin, 8U);
    address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xff00U >> keep));
  }
  return address;
}

unsigned parse_length(std::string_view text, Family family) {
  const std::string_view digits = text.substr(text.find('/') + 1);
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || length > width(family) || (digits.size() > 1 && digits[0] == '0'))
    refuse(text, "has no prefix length between 0 and " + std::to_string(width(family)) + " after the `/`");
  return length;
}

Prefix parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos)
    refuse(text, "is not a prefix: it needs a length, as in 10.207.0.0/16");
  const Address address = parse_address(text.substr(0, slash));
  const unsigned length = parse_length(text, address.family);
  const Prefix prefix{masked(address, length), length};
  if (prefix.base != address)
    refuse(text, "has bits set beyond its length; did you mean " + to_text(prefix) + "?");
  return prefix;
}

std::string to_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  return inet_ntop(native(address.family), address.bytes.data(), buffer.data(), buffer.size());
}

std::string to_text(const Prefix& prefix) {
  return to_text(prefix.base) + "/" + std::to_string(prefix.length);
}

bool contains(const Prefix& prefix, const Address& address) {
  return address.family == prefix.base.family && masked(address, prefix.length) == prefix.base;
}

bool overlaps(const Prefix& a, const Prefix& b) {
  return contains(a, b.base) || contains(b, a.base);
}

bool is_usable(const Address& address) {
  return std::none_of(reserved().begin(), reserved().end(),
                      [&](const Prefix& prefix) { return contains(prefix, address); });
}

void check_pool(const Prefix& pool) {
  const unsigned widest = pool.base.family == Family::kV4 ? kWidestPool4 : kWidestPool6;
  if (pool.length < widest)
    refuse(to_text(pool), "is too wide for a pool: its length must be at least " + std::to_string(widest));
  for (const Prefix& prefix : reserved())
    if (overlaps(prefix, pool))
      refuse(to_text(pool), "holds addresses of " + to_text(prefix) + ", which no container can have");
}

std::uint64_t capacity(const Prefix& pool) {
  const unsigned bits = width(pool.base.family) - pool.length;
  if (bits > 62) return kLargest;
  return (std::uint64_t{1} << bits) - skipped_first(pool) - skipped_last(pool);
}

Address nth(const Prefix& pool, std::uint64_t n) {
  if (n >= capacity(pool))
    throw Error(ErrorKind::kInvalid, to_text(pool) + " has no address number " + std::to_string(n));
  Address address = pool.base;
  // Pools wider than 64 bits are only used in their first 2^62 addresses, so this never carries over.
  set_low_bits(address, low_bits(address) + n + skipped_first(pool));
  return address;
}

std::optional<std::uint64_t> index_of(const Prefix& pool, const Address& address) {
  if (!contains(pool, address)) return std::nullopt;
  const std::uint64_t offset = low_bits(address) - low_bits(pool.base);
  if (offset < skipped_first(pool)) return std::nullopt;
  const std::uint64_t n = offset - skipped_first(pool);
  // The comparison matters for pools wider than 64 bits.
  if (n >= capacity(pool) || nth(pool, n) != address) return std::nullopt;
  return n;
}

std::optional<std::uint64_t> next_fit(const Prefix& pool, std::uint64_t start,
                                      const std::function<bool(const Address&)>& taken) {
  const std::uint64_t count = capacity(pool);
  for (std::uint64_t i = 0; i < std::min(count, kMostTries); ++i) {
    const std::uint64_t n = (start % count + i) % count;
    if (!taken(nth(pool, n))) return n;
  }
  return std::nullopt;
}

}  // namespace croft::netns
