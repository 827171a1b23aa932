#include "netns/guard.h"

#include "netns/port_guard.h"

namespace croft::netns {
namespace {

void add_addresses(const Guard& guard, std::vector<Element>& all) {
  const std::string link = host_link_name(guard.uuid);
  const Mac mac = mac_of(guard);
  for (const Address& address : guard.addresses) {
    if (address.family == Family::kV4) {
      all.push_back({"inet", "sources", {link, mac, address}});
      all.push_back({"arp", "senders", {link, mac, address}});
    } else {
      all.push_back({"inet", "sources6", {link, mac, address}});
      all.push_back({"inet", "targets", {link, mac, RawAddress{address}}});
    }
  }
}

}  // namespace

void add_realm(const Guard& guard, std::string_view family, std::vector<Element>& all) {
  const std::string link = host_link_name(guard.uuid);
  switch (guard.isolation) {
    case Isolation::kTenant:
      all.push_back({family, "realms", {link}, {guard.realm}});
      all.push_back({family, "members", {link, guard.realm}});
      all.push_back({family, "members", {link, kSharedRealm}});
      break;
    case Isolation::kNone:
      all.push_back({family, "realms", {link}, {kSharedRealm}});
      all.push_back({family, "shared", {link}});
      break;
    case Isolation::kAll:
      break;
  }
}

bool has_chains(const Guard& guard) {
  return !guard.filter.empty() || guard.connections;
}

Mac mac_of(const Guard& guard) {
  return guard.mac.value_or(inside_mac(guard.uuid));
}

std::vector<Element> elements_of(const Guard& guard) {
  if (guard.on_bridge) return port_elements_of(guard);
  std::vector<Element> all;
  all.push_back({"inet", "hardware", {host_link_name(guard.uuid), mac_of(guard)}});
  add_addresses(guard, all);
  add_realm(guard, "inet", all);
  for (Element& element : elements_of(host_link_name(guard.uuid), guard.addresses, guard.forwards))
    all.push_back(std::move(element));
  return all;
}

std::string_view table_of(Drop drop, bool on_bridge) {
  if (on_bridge) return "bridge";
  return drop == Drop::kArp ? "arp" : "inet";
}

std::vector<Element> counters_of(const Guard& guard) {
  std::vector<Element> all;
  for (const Drop drop : kDrops)
    all.push_back({table_of(drop, guard.on_bridge),
                   "dropped",
                   {host_link_name(guard.uuid), static_cast<std::uint32_t>(drop)}});
  return all;
}

std::string_view to_text(Drop drop) {
  switch (drop) {
    case Drop::kMac:
      return "mac";
    case Drop::kIpv4:
      return "ipv4";
    case Drop::kIpv6:
      return "ipv6";
    case Drop::kArp:
      return "arp";
    case Drop::kNdp:
      return "ndp";
    case Drop::kIsolation:
      return "isolation";
    case Drop::kOut:
      return "firewall-out";
    case Drop::kIn:
      return "firewall-in";
    case Drop::kDhcp:
      return "dhcp";
    case Drop::kFrame:
      return "frame";
    case Drop::kConnections:
      return "connections";
    case Drop::kHost:
      break;
  }
  return "host";
}

}  // namespace croft::netns
