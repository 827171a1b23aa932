// Addresses and pools of them, as pure arithmetic: parse, print, count, find the next free one. IPv4 and
// IPv6.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace croft::netns {

enum class Family : std::uint8_t { kV4, kV6 };

struct Address {
  Family family = Family::kV4;
  std::array<std::uint8_t, 16> bytes{};  // network order; an IPv4 address uses the first four
  bool operator==(const Address&) const = default;
  bool operator<(const Address& other) const {
    return family != other.family ? family < other.family : bytes < other.bytes;
  }
  [[nodiscard]] std::size_t size() const { return family == Family::kV4 ? 4 : 16; }
};

struct Prefix {
  Address base;         // bits beyond `length` are zero
  unsigned length = 0;  // bits: 0..32 or 0..128
  bool operator==(const Prefix&) const = default;
};

// Strict: dotted quad without leading zeros, or RFC 4291 text without a zone. Throws Error kInvalid that says
// what is wrong with it.
Address parse_address(std::string_view text);
// "10.207.0.0/16". Bits set beyond the length are an error that names the prefix that was probably meant.
Prefix parse_prefix(std::string_view text);
// RFC 5952 text.
std::string to_text(const Address& address);
std::string to_text(const Prefix& prefix);

// The address with all bits beyond `length` zero.
Address masked(Address address, unsigned length);
// What stands behind the `/` of a text. Throws Error kInvalid.
unsigned parse_length(std::string_view text, Family family);

bool contains(const Prefix& prefix, const Address& address);
bool overlaps(const Prefix& a, const Prefix& b);

// Whether a container can have this address: not unspecified, loopback, multicast, broadcast or link-local.
bool is_usable(const Address& address);
// Throws Error kInvalid for a prefix that is too wide (IPv4 /8, IPv6 /32) or holds addresses that are not
// usable.
void check_pool(const Prefix& pool);

// How many addresses of the pool can be given out. Left out are the first (network; subnet-router anycast)
// and, for IPv4, the last (broadcast); prefixes of one or two addresses are used whole. At most 2^62, also
// for wider pools.
std::uint64_t capacity(const Prefix& pool);
// Address number n (0 <= n < capacity) that can be given out. Throws Error kInvalid beyond.
Address nth(const Prefix& pool, std::uint64_t n);
// The inverse of nth; nothing for an address that the pool does not give out.
std::optional<std::uint64_t> index_of(const Prefix& pool, const Address& address);

// The first number from `start` on, going round once, whose address is not taken; nothing when the pool is
// full (or 2^20 in a row are taken). Next-fit: an address that was given back rests for as long as possible.
std::optional<std::uint64_t> next_fit(const Prefix& pool, std::uint64_t start,
                                      const std::function<bool(const Address&)>& taken);

}  // namespace croft::netns
