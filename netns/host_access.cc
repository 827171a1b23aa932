#include "netns/host_access.h"

#include <algorithm>
#include <charconv>

#include "runtime/error.h"

namespace croft::netns {
namespace {

constexpr std::size_t kMostServices = 64;

[[noreturn]] void refuse(std::string_view word, const std::string& why) {
  throw runtime::Error(runtime::ErrorKind::kInvalid, "`" + std::string(word.substr(0, 32)) + "` " + why);
}

std::uint16_t port_in(std::string_view text, std::string_view word) {
  std::uint16_t port = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (wrong != std::errc() || end != text.data() + text.size() || port == 0)
    refuse(word, "has no port of 1 to 65535 behind its slash");
  return port;
}

HostService service_in(std::string_view word) {
  const std::size_t slash = word.find('/');
  const std::string_view name = word.substr(0, slash);
  HostService service;
  if (name == "tcp")
    service.kind = PacketKind::kTcp;
  else if (name == "udp")
    service.kind = PacketKind::kUdp;
  else if (name != "icmp" || slash != std::string_view::npos)
    refuse(word, "is none of all, none, icmp, tcp[/PORT[-PORT]] and udp[/PORT[-PORT]]");
  if (slash == std::string_view::npos) return service;
  const std::string_view ports = word.substr(slash + 1);
  const std::size_t dash = ports.find('-');
  service.ports.first = port_in(ports.substr(0, dash), word);
  service.ports.last =
      dash == std::string_view::npos ? service.ports.first : port_in(ports.substr(dash + 1), word);
  if (service.ports.last < service.ports.first)
    refuse(word, "has a range of ports that ends before it begins");
  return service;
}

bool has_every_port(const HostService& service) {
  return service.ports == PortRange{1, 65535};
}

std::string ports_text(const HostService& service) {
  std::string text = std::to_string(service.ports.first);
  if (service.ports.last != service.ports.first) text += "-" + std::to_string(service.ports.last);
  return text;
}

std::string rule_of(const HostService& service) {
  if (service.kind == PacketKind::kIcmp) return "    meta l4proto { 1, 58 } accept\n";
  const std::string name = service.kind == PacketKind::kTcp ? "tcp" : "udp";
  if (has_every_port(service))
    return "    meta l4proto " + std::string(name == "tcp" ? "6" : "17") + " accept\n";
  return "    " + name + " dport " + ports_text(service) + " accept\n";
}

}  // namespace

HostAccess parse_host_access(std::string_view text) {
  if (text == "all") return {};
  HostAccess access{.all = false};
  if (text == "none") return access;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(", "), text.size());
    if (end > 0)
      if (const HostService service = service_in(text.substr(0, end));
          std::find(access.services.begin(), access.services.end(), service) == access.services.end())
        access.services.push_back(service);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (access.services.size() > kMostServices)
    throw runtime::Error(runtime::ErrorKind::kInvalid, "has more than 64 elements");
  return access;
}

std::string to_text(const HostAccess& access) {
  if (access.all) return "all";
  std::string text;
  for (const HostService& one : access.services) {
    text += text.empty() ? "" : ",";
    text += one.kind == PacketKind::kIcmp ? "icmp" : one.kind == PacketKind::kTcp ? "tcp" : "udp";
    if (one.kind != PacketKind::kIcmp && !has_every_port(one)) text += "/" + ports_text(one);
  }
  return text.empty() ? "none" : text;
}

const HostService* service_for(const HostAccess& access, PacketKind kind, std::uint16_t port) {
  const auto found =
      std::find_if(access.services.begin(), access.services.end(), [&](const HostService& one) {
        return one.kind == kind &&
               (kind == PacketKind::kIcmp || (port >= one.ports.first && port <= one.ports.last));
      });
  return found == access.services.end() ? nullptr : &*found;
}

// 0x63726f63 is kLinkGroup, the mark Drop::kHost. Neighbours and groups of the link are 130 to 137 and 143 of
// ICMPv6. Behind the container's own rules, so that these count what they deny.
std::string host_rules(const HostAccess& access) {
  if (access.all) return {};
  std::string text = R"(table inet croft {
  chain asking {
    type filter hook input priority filter + 20; policy accept;
    iifgroup 0x63726f63 goto asked
  }
  chain asked {
    ct state established,related accept
    meta l4proto 58 icmpv6 type { 130-137, 143 } accept
)";
  for (const HostService& service : access.services) text += rule_of(service);
  return text + "    meta mark set 12 goto refused\n  }\n}\n";
}

}  // namespace croft::netns
