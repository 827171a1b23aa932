#include "netns/guard.h"

namespace croft::netns {
namespace {

void add_addresses(const Guard& guard, std::vector<Element>& all) {
  const std::string link = host_link_name(guard.uuid);
  const Mac mac = inside_mac(guard.uuid);
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

void add_realm(const Guard& guard, std::vector<Element>& all) {
  const std::string link = host_link_name(guard.uuid);
  switch (guard.isolation) {
    case Isolation::kTenant:
      all.push_back({"inet", "realms", {link}, {guard.realm}});
      all.push_back({"inet", "members", {link, guard.realm}});
      all.push_back({"inet", "members", {link, kSharedRealm}});
      break;
    case Isolation::kNone:
      all.push_back({"inet", "realms", {link}, {kSharedRealm}});
      all.push_back({"inet", "shared", {link}});
      break;
    case Isolation::kAll:
      break;
  }
}

}  // namespace

std::vector<Element> elements_of(const Guard& guard) {
  std::vector<Element> all;
  all.push_back({"inet", "hardware", {host_link_name(guard.uuid), inside_mac(guard.uuid)}});
  add_addresses(guard, all);
  add_realm(guard, all);
  for (Element& element : elements_of(host_link_name(guard.uuid), guard.addresses, guard.forwards))
    all.push_back(std::move(element));
  return all;
}

std::vector<Element> counters_of(const std::string& link) {
  std::vector<Element> all;
  for (const Drop drop : kDrops)
    all.push_back({drop == Drop::kArp ? "arp" : "inet", "dropped", {link, static_cast<std::uint32_t>(drop)}});
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
      break;
  }
  return "firewall-in";
}

}  // namespace croft::netns
