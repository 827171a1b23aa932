#include "netns/link.h"

#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "netns/lan.h"
#include "netns/messages.h"
#include "netns/netlink.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

// What the container must not be able to do to the host through the link: redirect its routes, or send from
// addresses that are not its own (rp_filter 1: the way back must lead through the link).
Message protect(int index, bool v6, const std::string& name) {
  Message message(RTM_SETLINK, 0, "protection of `" + name + "`");
  ifinfomsg link{};
  link.ifi_index = index;
  message.header(link);
  message.nest(IFLA_AF_SPEC, [&](Message& families) {
    families.nest(AF_INET, [](Message& inet) {
      inet.nest(IFLA_INET_CONF, [](Message& conf) {
        conf.put_u32(IPV4_DEVCONF_RP_FILTER, 1)
            .put_u32(IPV4_DEVCONF_ACCEPT_REDIRECTS, 0)
            .put_u32(IPV4_DEVCONF_SEND_REDIRECTS, 0)
            .put_u32(IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, 0);
      });
    });
    // fe80::1 is the only link-local address that the host end has.
    if (v6)
      families.nest(AF_INET6,
                    [](Message& inet6) { inet6.put_u8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE); });
  });
  return message;
}

// The IPv6 settings that netlink cannot set. Router advertisements are the container's way to a default route
// of the host; without an IPv6 address the link speaks none at all.
void protect_v6(const std::string& proc, const std::string& name, bool v6) {
  if (!v6) return silence_v6(proc, name);
  const std::string directory = proc + "/sys/net/ipv6/conf/" + name;
  runtime::write_file(directory + "/accept_ra", "0");
  runtime::write_file(directory + "/accept_redirects", "0");
}

// What it has of its addresses.
std::vector<Message> host_settings(const InterfaceIntent& intent, int index) {
  const std::string name = host_link_name(intent.uuid);
  std::vector<Message> all;
  if (has_family(intent.addresses, Family::kV4)) all.push_back(new_address(index, name, gateway_v4(), 32));
  // Without the /64, whose routes would be one list for all containers, which the kernel goes through for
  // each.
  if (has_family(intent.addresses, Family::kV6)) {
    all.push_back(new_address(index, name, gateway_v6(), 128));
    const Address inside = link_local_of(intent.mac.value_or(inside_mac(intent.uuid)));
    all.push_back(new_route(index, name, whole(inside), std::nullopt));
  }
  for (const Address& address : intent.addresses)
    all.push_back(new_route(index, name, whole(address), std::nullopt));
  return all;
}

std::vector<Message> host_end(const InterfaceIntent& intent, int index) {
  const std::string name = host_link_name(intent.uuid);
  std::vector<Message> batch;
  batch.push_back(protect(index, has_family(intent.addresses, Family::kV6), name));
  batch.push_back(link_up(index, name));
  for (Message& message : host_settings(intent, index)) batch.push_back(std::move(message));
  return batch;
}

// Before it has the first IPv6 address, or after the last.
void speak_v6(const std::string& proc, int index, const std::string& name, bool v6) {
  protect_v6(proc, name, v6);
  if (!v6) return;
  std::vector<Message> batch;
  batch.push_back(protect(index, true, name));
  NetlinkSocket().request(batch);
  runtime::write_file(proc + "/sys/net/ipv6/conf/" + name + "/disable_ipv6", "0");
}

}  // namespace

runtime::Description MakeVeth::describe() const {
  std::string value = "peer " + intent.inside_name + ", mtu " + std::to_string(intent.mtu);
  for (const Address& address : intent.addresses) value += ", route " + to_text(whole(address));
  return {"make link", host_link_name(intent.uuid), value};
}

void MakeVeth::apply() const {
  check(intent);
  const std::string name = host_link_name(intent.uuid);
  NetlinkSocket socket;
  const VethPair pair{.uuid = intent.uuid,
                      .near = {.name = name, .mac = host_mac(intent.uuid), .mtu = intent.mtu},
                      .far = {.name = intent.inside_name,
                              .mac = intent.mac.value_or(inside_mac(intent.uuid)),
                              .mtu = intent.mtu},
                      .group = kLinkGroup,
                      .inside_index = intent.inside_index,
                      .queues = intent.queues};
  const int index = make_pair(socket, pair, netns->get());
  try {
    if (made) made(index);
    protect_v6(proc, name, has_family(intent.addresses, Family::kV6));
    socket.request(host_end(intent, index));
  } catch (...) {
    undo();
    throw;
  }
}

void readdress_host_end(const InterfaceIntent& before, const InterfaceIntent& after, bool resumed,
                        const std::string& proc) {
  check(after);
  const std::string name = host_link_name(after.uuid);
  const int index = static_cast<int>(if_nametoindex(name.c_str()));
  if (index == 0)
    throw runtime::Error(runtime::ErrorKind::kNotFound, "the container's link `" + name + "` is not there");
  const bool had = has_family(before.addresses, Family::kV6);
  const bool has = has_family(after.addresses, Family::kV6);
  if (has && (!had || resumed)) speak_v6(proc, index, name, true);
  replace_settings(host_settings(before, index), host_settings(after, index),
                   resumed ? Present::kFine : Present::kRefused);
  if (had && !has) speak_v6(proc, index, name, false);
}

void MakeVeth::undo() const noexcept {
  delete_pair(intent.uuid);
}

bool has_ipv6(const std::string& proc) {
  return runtime::exists(proc + "/sys/net/ipv6/conf/all");
}

}  // namespace croft::netns
