// Ports of the host that lead to a container: `[ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]`, first the
// host's, then the container's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netns/element.h"
#include "netns/pool.h"

namespace croft::netns {

enum class Transport : std::uint8_t { kTcp = 6, kUdp = 17 };  // as in netinet/in.h
std::string_view to_text(Transport transport);

struct Forward {
  std::optional<Address> host;  // unset: every address of the host but loopback
  std::uint16_t port = 0;       // the first one of the host
  std::uint16_t target = 0;     // the first one of the container
  std::uint16_t count = 1;
  Transport transport = Transport::kTcp;
  bool operator==(const Forward&) const = default;
  [[nodiscard]] std::uint16_t last() const { return static_cast<std::uint16_t>(port + count - 1); }
};

// Throws Error kInvalid that says what is wrong with it.
Forward parse_forward(std::string_view text);
// Canonical: always with the protocol, IPv6 addresses in brackets.
std::string to_text(const Forward& forward);
// Whether a packet could mean both.
bool collide(const Forward& one, const Forward& other);

// The elements of all of them, to the first of the addresses of each family.
std::vector<Element> elements_of(const std::string& link, const std::vector<Address>& addresses,
                                 const std::vector<Forward>& forwards);

}  // namespace croft::netns
