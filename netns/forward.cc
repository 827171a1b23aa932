#include "netns/forward.h"

#include <algorithm>
#include <charconv>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr unsigned kLargestPort = 65535;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::kInvalid, why + ": write [ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]");
}

struct Ports {
  unsigned first = 0;
  unsigned last = 0;
};

unsigned port_of(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > kLargestPort)
    refuse("a port is a number from 1 to 65535");
  return port;
}

Ports ports_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {port_of(text), port_of(text)};
  const Ports ports{port_of(text.substr(0, dash)), port_of(text.substr(dash + 1))};
  if (ports.last < ports.first) refuse("a range of ports begins with the lower one");
  return ports;
}

Transport taken_transport(std::string_view& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return Transport::kTcp;
  const std::string_view name = text.substr(slash + 1);
  text = text.substr(0, slash);
  if (name == to_text(Transport::kTcp)) return Transport::kTcp;
  if (name == to_text(Transport::kUdp)) return Transport::kUdp;
  refuse("the protocol is not tcp or udp");
}

// What is in front of the ports.
std::optional<Address> taken_host(std::string_view& text) {
  const std::size_t colon = text.rfind(':', text.rfind(':') - 1);
  if (text.rfind(':') == std::string_view::npos) refuse("it does not say from which port to which");
  if (text.rfind(':') == 0 || colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  text = text.substr(colon + 1);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const Address address = parse_address(host);
  if (in_brackets != (address.family == Family::kV6))
    refuse("brackets are for IPv6 addresses, which need them");
  if (!is_usable(address))
    throw Error(ErrorKind::kInvalid,
                "`" + to_text(address) + "` is no address that others could reach the host by");
  return address;
}

std::string range_text(unsigned first, unsigned count) {
  const std::string text = std::to_string(first);
  return count == 1 ? text : text + "-" + std::to_string(first + count - 1);
}

void add_ports(std::vector<Element>& all, const Forward& forward, const Address& to) {
  const bool four = to.family == Family::kV4;
  const Protocol protocol{static_cast<std::uint8_t>(forward.transport)};
  for (unsigned i = 0; i < forward.count; ++i) {
    const Port from{static_cast<std::uint16_t>(forward.port + i)};
    const Port target{static_cast<std::uint16_t>(forward.target + i)};
    if (forward.host)
      all.push_back(
          {"inet", four ? "forwards_at" : "forwards6_at", {*forward.host, protocol, from}, {to, target}});
    else
      all.push_back({"inet", four ? "forwards" : "forwards6", {protocol, from}, {to, target}});
  }
}

}  // namespace

std::string_view to_text(Transport transport) {
  return transport == Transport::kTcp ? "tcp" : "udp";
}

Forward parse_forward(std::string_view text) {
  Forward forward;
  forward.transport = taken_transport(text);
  forward.host = taken_host(text);
  const std::size_t colon = text.find(':');
  const Ports from = ports_of(text.substr(0, colon));
  const Ports to = ports_of(text.substr(colon + 1));
  if (from.last - from.first != to.last - to.first) refuse("the two ranges of ports differ in length");
  forward.port = static_cast<std::uint16_t>(from.first);
  forward.target = static_cast<std::uint16_t>(to.first);
  forward.count = static_cast<std::uint16_t>(from.last - from.first + 1);
  return forward;
}

std::string to_text(const Forward& forward) {
  std::string text;
  if (forward.host) {
    const bool four = forward.host->family == Family::kV4;
    text = (four ? "" : "[") + to_text(*forward.host) + (four ? ":" : "]:");
  }
  return text + range_text(forward.port, forward.count) + ":" + range_text(forward.target, forward.count) +
         "/" + std::string(to_text(forward.transport));
}

bool collide(const Forward& one, const Forward& other) {
  return one.transport == other.transport && one.port <= other.last() && other.port <= one.last() &&
         (!one.host || !other.host || *one.host == *other.host);
}

std::vector<Element> elements_of(const std::string& link, const std::vector<Address>& addresses,
                                 const std::vector<Forward>& forwards) {
  std::vector<Element> all;
  for (const Family family : {Family::kV4, Family::kV6}) {
    const auto to = std::find_if(addresses.begin(), addresses.end(),
                                 [&](const Address& address) { return address.family == family; });
    if (to == addresses.end()) continue;
    for (const Forward& forward : forwards)
      if (!forward.host || forward.host->family == family) add_ports(all, forward, *to);
  }
  if (!all.empty()) all.push_back({"inet", "turns", {link, link}});
  return all;
}

}  // namespace croft::netns
