#include "netns/guard.h"

#include <algorithm>

namespace croft::netns {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::string hexadecimal(const Address& address) {
  std::string text = "0x";
  for (std::size_t i = 0; i < address.size(); ++i) {
    text += "0123456789abcdef"[address.bytes[i] >> 4];
    text += "0123456789abcdef"[address.bytes[i] & 15];
  }
  return text;
}

std::string filled_up(std::string bytes, std::size_t size) {
  bytes.resize(std::max(bytes.size(), size), '\0');
  return bytes;
}

constexpr std::size_t kNameBytes = 16;  // IFNAMSIZ
constexpr std::size_t kMacBytes = 8;    // 6, in registers of 4

template <class T>
std::string bytes_of(const T& value, std::size_t size) {
  return {reinterpret_cast<const char*>(&value), size};
}

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
      all.push_back({"inet", "realms", {link}, guard.realm});
      all.push_back({"inet", "members", {link, guard.realm}});
      all.push_back({"inet", "members", {link, kSharedRealm}});
      break;
    case Isolation::kNone:
      all.push_back({"inet", "realms", {link}, kSharedRealm});
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
  return all;
}

std::string to_text(const Element& element) {
  std::string text;
  for (const auto& part : element.key) {
    if (!text.empty()) text += " . ";
    text += std::visit(Overloaded{[](const std::string& name) { return "\"" + name + "\""; },
                                  [](const Mac& mac) { return to_text(mac); },
                                  [](const Address& address) { return to_text(address); },
                                  [](const RawAddress& raw) { return hexadecimal(raw.address); },
                                  [](std::uint32_t number) { return std::to_string(number); }},
                       part);
  }
  return element.value ? text + " : " + std::to_string(*element.value) : text;
}

std::string key_bytes(const Element& element) {
  std::string bytes;
  for (const auto& part : element.key)
    bytes += std::visit(
        Overloaded{[](const std::string& name) { return filled_up(name, kNameBytes); },
                   [](const Mac& mac) { return filled_up(bytes_of(mac, mac.size()), kMacBytes); },
                   [](const Address& address) { return bytes_of(address.bytes, address.size()); },
                   [](const RawAddress& raw) { return bytes_of(raw.address.bytes, raw.address.size()); },
                   [](std::uint32_t number) { return bytes_of(number, sizeof number); }},
        part);
  return bytes;
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
      break;
  }
  return "isolation";
}

}  // namespace croft::netns
