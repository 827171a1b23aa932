// What containers reach of the host itself, over their routed links, as an operator writes it:
//   all | none | icmp, tcp[/PORT[-PORT]], udp[/PORT[-PORT]], ...
// Answers to what the host asks them always pass, and so do neighbours' messages of IPv6. Ports that lead to
// containers are not the host's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netns/packet_rule.h"
#include "netns/pool.h"

namespace croft::netns {

struct HostService {
  PacketKind kind = PacketKind::kIcmp;
  PortRange ports{1, 65535};
  bool operator==(const HostService&) const = default;
};

struct HostAccess {
  bool all = true;
  std::vector<HostService> services{};
  bool operator==(const HostAccess&) const = default;
};

// To what containers have to reach for names, and to find out that it is there.
inline constexpr std::string_view kUsualAccess = "icmp,tcp/53,udp/53";

// Throws Error kInvalid that says what is wrong with it.
HostAccess parse_host_access(std::string_view text);
std::string to_text(const HostAccess& access);
// Of a packet that begins something.
const HostService* service_for(const HostAccess& access, PacketKind kind, std::uint16_t port);

// The rules, for nft; empty where everything is allowed.
std::string host_rules(const HostAccess& access);

}  // namespace croft::netns
