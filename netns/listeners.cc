#include "netns/listeners.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "netns/netlink.h"

namespace croft::netns {
namespace {

struct Listener {
  Address address;
  std::uint16_t port = 0;
  bool any = false;        // of all addresses
  bool both = false;       // of IPv4 too
  bool connected = false;  // to one other end: of UDP it says nothing about others
};

bool is_zero(const Address& address) {
  return address == Address{address.family, {}};
}

bool is_loopback(const Address& address) {
  static const Prefix four = parse_prefix("127.0.0.0/8");
  static const Address six = parse_address("::1");
  return address.family == Family::kV4 ? contains(four, address) : address == six;
}

Listener listener_of(nlmsghdr& header) {
  const auto* found = static_cast<const inet_diag_msg*>(nlmsg_data(&header));
  Listener listener;
  listener.address.family = found->idiag_family == AF_INET ? Family::kV4 : Family::kV6;
  std::memcpy(listener.address.bytes.data(), found->id.idiag_src, listener.address.size());
  listener.port = ntohs(found->id.idiag_sport);
  listener.any = is_zero(listener.address);
  listener.connected = found->id.idiag_dport != 0;
  nlattr* only = nlmsg_find_attr(&header, sizeof *found, INET_DIAG_SKV6ONLY);
  listener.both =
      listener.any && listener.address.family == Family::kV6 && (only == nullptr || nla_get_u8(only) == 0);
  return listener;
}

bool is_behind(const Listener& listener, const Forward& forward) {
  if (listener.connected || listener.port < forward.port || listener.port > forward.last()) return false;
  if (is_loopback(listener.address)) return false;
  if (!forward.host) return true;
  const bool family = listener.both || listener.address.family == forward.host->family;
  return listener.any ? family : listener.address == *forward.host;
}

std::string text_of(const Listener& listener) {
  const std::string address = to_text(listener.address);
  return (listener.address.family == Family::kV4 ? address : "[" + address + "]") + ":" +
         std::to_string(listener.port);
}

Message sockets_of(int family, Transport transport) {
  Message request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, "list of sockets");
  inet_diag_req_v2 header{};
  header.sdiag_family = static_cast<std::uint8_t>(family);
  header.sdiag_protocol = static_cast<std::uint8_t>(transport);
  // Of UDP, a socket that waits for anybody counts as closed.
  header.idiag_states = transport == Transport::kTcp ? 1U << TCP_LISTEN : 1U << TCP_CLOSE;
  request.header(header);
  return request;
}

// A kernel whose module for it is not there tells nothing.
void look_at(NetlinkSocket& socket, const Message& request,
             const std::function<void(const Listener&)>& each) {
  const Outcome outcome = socket.get(request, [&](nlmsghdr& header) {
    if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY) each(listener_of(header));
  });
  if (outcome.error_number != 0 && outcome.error_number != ENOENT) fail_request(request, outcome);
}

}  // namespace

std::optional<std::string> listener_behind(const Forward& forward) {
  std::optional<std::string> found;
  NetlinkSocket socket(NETLINK_SOCK_DIAG);
  for (const int family : {AF_INET, AF_INET6})
    look_at(socket, sockets_of(family, forward.transport), [&](const Listener& listener) {
      if (!found && is_behind(listener, forward)) found = text_of(listener);
    });
  return found;
}

}  // namespace croft::netns
