// Elements of the sets and maps of the ruleset (netns/ruleset.h), as nft writes them and as the kernel
// compares them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "netns/link.h"
#include "netns/pool.h"

namespace croft::netns {

// An address as the 128 bits that it has in a packet, where the ruleset has no name for the place.
struct RawAddress {
  Address address;
};

// A port, in the byte order of packets.
struct Port {
  std::uint16_t number = 0;
};

// A protocol's number, as in netinet/in.h.
struct Protocol {
  std::uint8_t number = 0;
};

// A name of a link, a mark and what packets hold.
using Part = std::variant<std::string, Mac, Address, RawAddress, Prefix, Port, Protocol, std::uint32_t>;

// One element of a set or, with a value, of a map. A prefix stands alone in its key: the set is one of
// ranges.
struct Element {
  std::string_view family;  // of its table: "inet" or "arp"
  std::string_view set;
  std::vector<Part> key;
  std::vector<Part> value{};
};

// `"cr0123456789ab" . 10.0.0.1`, with ` : 7` for a value.
std::string to_text(const Element& element);
// The parts as the kernel keeps them: each filled up to a multiple of four bytes; of a prefix the first
// address.
std::string bytes_of(const std::vector<Part>& parts);
// The first key behind an element of a set of ranges; empty for every other one.
std::string end_bytes(const Element& element);

}  // namespace croft::netns
