#include "netns/lan.h"

#include <net/if.h>

#include <algorithm>

#include "netns/link.h"
#include "netns/messages.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint8_t kUniversalBit = 2;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw Error(ErrorKind::kInvalid, "`" + std::string(text) + "` " + why);
}

// The networks of one address or two have all of theirs for hosts (RFC 3021, RFC 6164).
bool is_of_the_network_itself(const LanAddress& one) {
  const unsigned width = static_cast<unsigned>(one.address.size()) * 8;
  if (width - one.length < 2) return false;
  if (network_of(one).base == one.address) return true;
  if (one.address.family == Family::kV6) return false;
  Address last = network_of(one).base;
  for (unsigned bit = one.length; bit < width; ++bit)
    last.bytes.at(bit / 8) |= static_cast<std::uint8_t>(0x80U >> (bit % 8));
  return last == one.address;
}

void add(runtime::LaunchList& list, const Message& message) {
  list.netlink(message.bytes(static_cast<std::uint32_t>(list.size()) + 1), message.shown());
}

}  // namespace

LanAddress parse_lan_address(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) refuse(text, "needs the length of its network, as in 192.0.2.8/24");
  const Address address = parse_address(text.substr(0, slash));
  const LanAddress one{address, parse_length(text, address.family)};
  if (!is_usable(one.address)) refuse(text, "is not an address that a container can have");
  if (one.length == 0 || is_of_the_network_itself(one))
    refuse(text, "is an address of the network itself, and no host's");
  return one;
}

std::string to_text(const LanAddress& address) {
  return to_text(address.address) + "/" + std::to_string(address.length);
}

Prefix network_of(const LanAddress& address) {
  return {masked(address.address, address.length), address.length};
}

bool is_link_local6(const Address& address) {
  static const Prefix kLinkLocal = parse_prefix("fe80::/10");
  return contains(kLinkLocal, address);
}

Address link_local_of(const Mac& mac) {
  return {Family::kV6,
          {0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(mac[0] ^ kUniversalBit), mac[1], mac[2],
           0xff, 0xfe, mac[3], mac[4], mac[5]}};
}

void check_parent_name(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '%' && c != '"' && c != '\\';
  });
  if (name.empty() || name.size() >= IFNAMSIZ || !plain || name == "." || name == "..")
    throw Error(ErrorKind::kInvalid, "is not the name that an interface of the host can have");
}

std::string shown(const LanIntent& intent) {
  std::string text = "on " + intent.parent;
  if (intent.vlan) text += ", vlan " + std::to_string(*intent.vlan);
  return text + ", " + to_text(intent.mac) + ", mtu " + std::to_string(intent.mtu);
}

void plan_lan_inside(const LanIntent& intent, runtime::LaunchList& list) {
  plan_loopback(list);
  add(list, link_up(intent.inside_index, intent.inside_name));
  for (const Message& message : settings_inside(intent)) add(list, message);
}

std::vector<Message> settings_inside(const LanIntent& intent) {
  const int index = intent.inside_index;
  std::vector<Address> own;
  std::vector<Prefix> near;
  std::vector<Message> all;
  for (const LanAddress& one : intent.addresses) {
    own.push_back(one.address);
    near.push_back(network_of(one));
    all.push_back(new_address(index, intent.inside_name, one.address, one.length));
  }
  for (const Address& gateway : intent.gateways) {
    std::vector<Prefix> beside = near;
    std::erase_if(beside, [&](const Prefix& one) { return one.base.family != gateway.family; });
    for (Message& message : way_out(index, intent.inside_name, own, beside, gateway, intent.ways))
      all.push_back(std::move(message));
  }
  return all;
}

}  // namespace croft::netns
