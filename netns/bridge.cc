#include "netns/bridge.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netns/link.h"
#include "netns/messages.h"
#include "netns/netlink.h"
#include "netns/parent.h"
#include "runtime/fd.h"

namespace croft::netns {
namespace {

Message of_port(int type, int index, const std::string& shown) {
  Message message(type, 0, shown);
  ifinfomsg link{};
  link.ifi_family = AF_BRIDGE;
  link.ifi_index = index;
  message.header(link);
  return message;
}

Message into_bridge(int index, const Parent& bridge, const LanIntent& intent) {
  Message message(RTM_SETLINK, 0, "port of `" + intent.parent + "`");
  ifinfomsg link{};
  link.ifi_index = index;
  message.header(link).put_u32(IFLA_MASTER, static_cast<std::uint32_t>(bridge.index));
  return message;
}

Message distrust(int index, const LanIntent& intent) {
  Message message = of_port(RTM_SETLINK, index, "settings of the port of `" + intent.parent + "`");
  message.nest(IFLA_PROTINFO | NLA_F_NESTED, [](Message& port) {
    port.put_u8(IFLA_BRPORT_LEARNING, 0).put_u8(IFLA_BRPORT_UNICAST_FLOOD, 0).put_u8(IFLA_BRPORT_GUARD, 1);
  });
  return message;
}

Message vlan_of_port(int type, int index, std::uint16_t vlan) {
  const std::uint16_t own = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
  const bridge_vlan_info info{type == RTM_SETLINK ? own : std::uint16_t{0}, vlan};
  Message message = of_port(type, index, "VLAN " + std::to_string(vlan));
  message.nest(IFLA_AF_SPEC, [&](Message& spec) { spec.put(IFLA_BRIDGE_VLAN_INFO, &info, sizeof info); });
  return message;
}

// Static, and so never another port's. Without a VLAN the kernel notes it for each that the port is in.
Message known_address(int index, const LanIntent& intent) {
  Message message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE,
                  to_text(intent.mac) + " at `" + intent.parent + "`");
  ndmsg entry{};
  entry.ndm_family = AF_BRIDGE;
  entry.ndm_ifindex = index;
  entry.ndm_state = NUD_NOARP;
  entry.ndm_flags = NTF_MASTER;
  message.header(entry).put(NDA_LLADDR, intent.mac.data(), intent.mac.size());
  return message;
}

std::vector<Message> port_of(const LanIntent& intent, const Parent& bridge, int index) {
  std::vector<Message> batch;
  batch.push_back(into_bridge(index, bridge, intent));
  batch.push_back(distrust(index, intent));
  if (intent.vlan && bridge.default_vlan != 0 && bridge.default_vlan != *intent.vlan)
    batch.push_back(vlan_of_port(RTM_DELLINK, index, bridge.default_vlan));
  if (intent.vlan) batch.push_back(vlan_of_port(RTM_SETLINK, index, *intent.vlan));
  batch.push_back(known_address(index, intent));
  batch.push_back(link_up(index, host_link_name(intent.uuid)));
  return batch;
}

// The bridge speaks with the container, the port itself has nothing to say. A smaller MTU than the bridge's
// would become the bridge's own.
VethPair pair_of(const LanIntent& intent, const Parent& bridge) {
  return {.uuid = intent.uuid,
          .near = {.name = host_link_name(intent.uuid), .mac = port_mac(intent.uuid), .mtu = bridge.mtu},
          .far = {.name = intent.inside_name, .mac = intent.mac, .mtu = intent.mtu},
          .group = kPortGroup,
          .inside_index = intent.inside_index,
          .queues = intent.queues};
}

}  // namespace

runtime::Description JoinBridge::describe() const {
  return {"make port", host_link_name(intent.uuid), shown(intent)};
}

void JoinBridge::apply() const {
  const Parent bridge = find_parent(intent.parent);
  check_bridge(bridge, intent);
  NetlinkSocket socket;
  const int index = make_pair(socket, pair_of(intent, bridge), netns->get());
  try {
    if (made) made(index);
    silence_v6(proc, host_link_name(intent.uuid));
    socket.request(port_of(intent, bridge, index));
  } catch (...) {
    undo();
    throw;
  }
}

void JoinBridge::undo() const noexcept {
  delete_pair(intent.uuid);
}

}  // namespace croft::netns
