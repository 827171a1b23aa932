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

// What is asked for on one interface of the host.
struct Asked {
  std::string device;
  std::vector<Address> addresses;
};

// Whoever answers on each, each address once, in the order of their answers; all are asked at the same time.
// Three probes within `patience`: a twentieth of what RFC 5227 takes, for a machine on the same wire; who
// sleeps or is far away goes unseen. Nobody where the interface is not there, is down, or is none of
// Ethernet, and nobody is waited for on a bridge whose ports all are containers': what these have, the
// registry knows. Throws Error.
std::vector<std::vector<Holder>> holders_of(
    const std::vector<Asked>& asked, std::chrono::milliseconds patience = std::chrono::milliseconds(300));

// The frames, and what they answer; pure.
std::string probe_frame(const Address& address, const Mac& from);
std::vector<Holder> holders_in(std::string_view frame, const std::vector<Address>& addresses);

}  // namespace croft::netns
