#include "netns/occupied.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>

#include "netns/link.h"
#include "netns/netlink.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

unsigned char native(Family family) {
  return family == Family::kV4 ? AF_INET : AF_INET6;
}

// Empty when it has gone, and its routes with it, since they were listed.
std::string link_name(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(index, name.data()) == nullptr ? "" : name.data();
}

std::optional<Address> address_in(nlattr* attributes, int size, int type, Family family) {
  const nlattr* found = nla_find(attributes, size, type);
  Address address;
  address.family = family;
  if (found == nullptr || static_cast<std::size_t>(nla_len(found)) < address.size()) return std::nullopt;
  std::memcpy(address.bytes.data(), nla_data(found), address.size());
  return address;
}

// A route to others: unicast, in a table that everybody's packets go by.
bool leads_on(const rtmsg& route) {
  return route.rtm_type == RTN_UNICAST && route.rtm_dst_len > 0 && (route.rtm_flags & RTM_F_CLONED) == 0;
}

std::optional<Occupied> occupied_by_route(nlmsghdr& header, Family family) {
  const auto* route = static_cast<const rtmsg*>(nlmsg_data(&header));
  nlattr* attributes = nlmsg_attrdata(&header, sizeof *route);
  const int size = nlmsg_attrlen(&header, sizeof *route);
  const bool own = route->rtm_type == RTN_LOCAL;
  if (!own && !leads_on(*route)) return std::nullopt;
  const auto to = address_in(attributes, size, RTA_DST, family);
  const nlattr* out = nla_find(attributes, size, RTA_OIF);
  if (!to || out == nullptr) return std::nullopt;
  const std::string link = link_name(nla_get_u32(out));
  if (link.empty() || is_host_link(link)) return std::nullopt;
  const Prefix prefix{*to, route->rtm_dst_len};
  const bool one = prefix.length == 8 * to->size();
  const std::string text = one ? to_text(*to) : to_text(prefix);
  return Occupied{prefix, (own ? "the host's address " : "the route to ") + text +
                              (own ? " of `" : " over `") + link + "`"};
}

Message routes_of(Family family) {
  Message request(RTM_GETROUTE, NLM_F_DUMP, "list of routes");
  rtmsg header{};
  header.rtm_family = native(family);
  request.header(header);
  return request;
}

}  // namespace

std::vector<Occupied> occupied(const Prefix& prefix) {
  const Family family = prefix.base.family;
  std::vector<Occupied> found;
  NetlinkSocket().dump(routes_of(family), [&](nlmsghdr& header) {
    if (header.nlmsg_type != RTM_NEWROUTE) return;
    auto one = occupied_by_route(header, family);
    if (one && overlaps(one->prefix, prefix)) found.push_back(*std::move(one));
  });
  return found;
}

bool is_host_address(const Address& address) {
  Message request(RTM_GETROUTE, 0, "route to " + to_text(address));
  rtmsg header{};
  header.rtm_family = native(address.family);
  header.rtm_dst_len = static_cast<unsigned char>(8 * address.size());
  request.header(header).put_address(RTA_DST, address);
  std::uint8_t type = RTN_UNSPEC;
  // No way there is an answer too, told as one of several errors.
  static_cast<void>(NetlinkSocket().get(
      request, [&](nlmsghdr& answer) { type = static_cast<const rtmsg*>(nlmsg_data(&answer))->rtm_type; }));
  return type == RTN_LOCAL || type == RTN_ANYCAST;
}

}  // namespace croft::netns
