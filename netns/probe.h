// Asks on the wire whether somebody has an address, as one who is about to take it: ARP probes (RFC 5227) and
// IPv6's duplicate address detection (RFC 4862), from nobody's address, so that no neighbour learns anything
// wrong.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "netns/mac.h"
#include "netns/pool.h"

namespace croft::netns {

struct Holder {
  Address address;
  Mac mac{};
  bool operator==(const Holder&) const = default;
};

// Whoever answers on an interface of the host, each address once, in the order of their answers. Three probes
// within `patience`: a twentieth of what RFC 5227 takes, for a machine on the same wire; who sleeps or is far
// away goes unseen. Nobody where the interface is not there, is down, or is none of Ethernet. Throws Error.
std::vector<Holder> holders_of(const std::string& device, const std::vector<Address>& addresses,
                               std::chrono::milliseconds patience = std::chrono::milliseconds(300));

// The frames, and what they answer; pure.
std::string probe_frame(const Address& address, const Mac& from);
std::vector<Holder> holders_in(std::string_view frame, const std::vector<Address>& addresses);

}  // namespace croft::netns
