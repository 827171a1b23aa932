// What a container's packet filter lets in and out, as an operator writes it:
//   in|out allow|deny [tcp|udp|icmp [PORT[-PORT],...]] [from|to PREFIX,...] [state new|invalid]
// `from` is for what comes in, `to` for what goes out; ports are those that a packet goes to, of the
// container itself where it came by a forward. The first rule that fits decides, else the policy of the
// direction. What belongs to a connection that was let through always passes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netns/direction.h"
#include "netns/pool.h"

namespace croft::netns {

std::string_view to_text(Direction direction);
enum class Verdict : std::uint8_t { kAllow, kDeny };
std::string_view to_text(Verdict verdict);
enum class PacketKind : std::uint8_t { kAny, kTcp, kUdp, kIcmp };
enum class PacketState : std::uint8_t { kAny, kNew, kInvalid };

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  bool operator==(const PortRange&) const = default;
};

struct PacketRule {
  Direction direction = Direction::kIn;
  Verdict verdict = Verdict::kAllow;
  PacketKind kind = PacketKind::kAny;
  std::vector<PortRange> ports;  // ascending, apart; empty: all
  std::vector<Prefix> others;    // of the other side; empty: everybody
  PacketState state = PacketState::kAny;
  bool operator==(const PacketRule&) const = default;
};

// Throws Error kInvalid that says what is wrong with it.
PacketRule parse_packet_rule(std::string_view text);
std::string to_text(const PacketRule& rule);

struct PacketFilter {
  Verdict in = Verdict::kAllow;
  Verdict out = Verdict::kAllow;
  std::vector<PacketRule> rules;
  bool operator==(const PacketFilter&) const = default;
  // Whether nothing is ever denied.
  [[nodiscard]] bool empty() const {
    return in == Verdict::kAllow && out == Verdict::kAllow && rules.empty();
  }
};

// What nft is given to put the filter of a link in place of the one that it had, and to take it away. The
// chains are named by the link, the tables are those of netns/ruleset.h.
std::string put_filter_text(const std::string& link, const PacketFilter& filter);
std::string drop_filter_text(const std::string& link);

}  // namespace croft::netns
