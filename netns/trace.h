// Whether a packet that begins something gets from a container to an address, and which rule decides: worked
// out from what the kernel is told (ruleset.h), in the order in which the kernel asks. Pure. Of what lies
// beyond the host it knows nothing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netns/ruleset.h"

namespace croft::netns {

// ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, with /tcp, /udp or /icmp: a port alone is TCP's, an address alone
// is asked by ICMP.
struct Destination {
  Address address;
  PacketKind kind = PacketKind::kIcmp;
  std::uint16_t port = 0;
};
// Throws Error kInvalid that says what is wrong with it.
Destination parse_destination(std::string_view text);
std::string to_text(const Destination& destination);

struct TraceStep {
  std::string
      at;  // "route", "guard", "forward", "isolation", "firewall-out", "firewall-in", "host", "connections"
  bool passes = true;
  std::string why;
};

struct Trace {
  std::vector<TraceStep> steps;  // the last one decides
  [[nodiscard]] bool reaches() const { return steps.empty() || steps.back().passes; }
};

// What is asked of the host beside its rules.
struct TraceHost {
  std::function<bool(const Address&)> is_own;              // an address of the host
  std::function<bool(const Address&)> has_route;           // to elsewhere
  std::function<std::string(const std::string&)> name_of;  // whose a guard is, by its uuid
  std::function<bool(const std::string&)> is_up;           // its link
  bool forwards4 = true;
  bool forwards6 = true;
};

// `from`: of the interface that the packet leaves by, with the address that it leaves from.
Trace trace(const Filter& filter, const TraceHost& host, const Guard& from, const Address& source,
            const Destination& to);

}  // namespace croft::netns
