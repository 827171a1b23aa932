#include "netns/messages.h"

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>

#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::uint32_t kLeastMtu4 = 576;
constexpr std::uint32_t kLeastMtu6 = 1280;
constexpr std::uint32_t kLargestMtu = 65535;
constexpr std::size_t kMostAddresses = 64;

std::uint8_t native(Family family) {
  return static_cast<std::uint8_t>(family == Family::kV4 ? AF_INET : AF_INET6);
}

// The two gateways are the only such addresses here.
std::uint8_t scope_of(const Address& address) {
  return address == gateway_v4() || address == gateway_v6() ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

void check_name(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (name.empty() || name.size() >= IFNAMSIZ || !plain)
    throw Error(ErrorKind::kInvalid, "an interface name has 1 to 15 letters, digits, `_` and `-`");
}

}  // namespace

const Address& gateway_v4() {
  static const Address kGateway{Family::kV4, {169, 254, 1, 1}};
  return kGateway;
}

const Address& gateway_v6() {
  static const Address kGateway{Family::kV6, {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return kGateway;
}

Prefix whole(const Address& address) {
  return {address, address.family == Family::kV4 ? 32U : 128U};
}

bool has_family(const std::vector<Address>& addresses, Family family) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const Address& a) { return a.family == family; });
}

void check(const InterfaceIntent& intent) {
  check_name(intent.inside_name);
  const std::uint32_t least = has_family(intent.addresses, Family::kV6) ? kLeastMtu6 : kLeastMtu4;
  if (intent.mtu < least || intent.mtu > kLargestMtu)
    throw Error(ErrorKind::kInvalid, "the MTU of `" + intent.inside_name + "` must be " +
                                         std::to_string(least) + " to " + std::to_string(kLargestMtu));
  if (intent.addresses.size() > kMostAddresses)
    throw Error(ErrorKind::kInvalid,
                "an interface has at most " + std::to_string(kMostAddresses) + " addresses");
  for (auto it = intent.addresses.begin(); it != intent.addresses.end(); ++it) {
    if (!is_usable(*it))
      throw Error(ErrorKind::kInvalid, "no container can have the address " + to_text(*it));
    if (std::find(intent.addresses.begin(), it, *it) != it)
      throw Error(ErrorKind::kInvalid, "the address " + to_text(*it) + " is given twice");
  }
}

Message link_up(int index, const std::string& name) {
  Message message(RTM_SETLINK, 0, "interface `" + name + "` up");
  ifinfomsg link{};
  link.ifi_index = index;
  link.ifi_flags = IFF_UP;
  link.ifi_change = IFF_UP;
  message.header(link);
  return message;
}

Message new_address(int index, const std::string& name, const Address& address, unsigned length) {
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
                  "address " + to_text(address) + " of `" + name + "`");
  ifaddrmsg header{};
  header.ifa_family = native(address.family);
  header.ifa_prefixlen = static_cast<std::uint8_t>(length);
  header.ifa_flags = address.family == Family::kV6 ? IFA_F_NODAD : 0;
  header.ifa_scope = scope_of(address);
  header.ifa_index = static_cast<std::uint32_t>(index);
  message.header(header).put_address(IFA_LOCAL, address).put_address(IFA_ADDRESS, address);
  return message;
}

Message new_route(int index, const std::string& name, const Prefix& to, const std::optional<Address>& gateway,
                  std::uint32_t table) {
  Message message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
                  "route to " + (to.length == 0 ? "everything" : to_text(to)) + " over `" + name + "`");
  rtmsg header{};
  header.rtm_family = native(to.base.family);
  header.rtm_dst_len = static_cast<std::uint8_t>(to.length);
  header.rtm_table = static_cast<unsigned char>(table);
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  header.rtm_type = RTN_UNICAST;
  message.header(header).put_u32(RTA_OIF, static_cast<std::uint32_t>(index));
  if (to.length > 0) message.put_address(RTA_DST, to.base);
  if (gateway) message.put_address(RTA_GATEWAY, *gateway);
  return message;
}

namespace {

// Said to be the kernel's: systemd-networkd takes away rules of others that its files do not have.
Message new_rule(const Address& from, std::uint32_t table, const std::string& name) {
  Message message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, "way of " + to_text(from) + " over `" + name + "`");
  fib_rule_hdr header{};
  header.family = native(from.family);
  header.src_len = static_cast<std::uint8_t>(whole(from).length);
  header.table = static_cast<std::uint8_t>(table);
  header.action = FR_ACT_TO_TBL;
  message.header(header).put_address(FRA_SRC, from).put_u8(FRA_PROTOCOL, RTPROT_KERNEL);
  return message;
}

}  // namespace

std::vector<Message> way_out(int index, const std::string& name, const std::vector<Address>& own,
                             const std::vector<Prefix>& near, const Address& gateway, const WaysOut& ways) {
  Address everything;
  everything.family = gateway.family;
  std::vector<Message> all;
  if (ways.is_main(gateway.family)) all.push_back(new_route(index, name, {everything, 0}, gateway));
  if (index <= kInsideIndex) return all;
  const auto table = static_cast<std::uint32_t>(index);
  for (const Prefix& prefix : near) all.push_back(new_route(index, name, prefix, std::nullopt, table));
  all.push_back(new_route(index, name, {everything, 0}, gateway, table));
  for (const Address& address : own)
    if (address.family == gateway.family) all.push_back(new_rule(address, table, name));
  return all;
}

}  // namespace croft::netns
