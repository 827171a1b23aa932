#include "netns/parent.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "netns/netlink.h"
#include "netns/veth.h"
#include "runtime/error.h"

namespace croft::netns {
namespace {

using runtime::Error;
using runtime::ErrorKind;

nlattr* inside(nlattr* attribute, int type) {
  return attribute == nullptr ? nullptr
                              : nla_find(static_cast<nlattr*>(nla_data(attribute)), nla_len(attribute), type);
}

std::string name_of(std::uint32_t index) {
  std::array<char, IF_NAMESIZE> name{};
  return if_indextoname(index, name.data()) == nullptr ? "number " + std::to_string(index) : name.data();
}

void read_bridge(nlattr* data, Parent& parent) {
  if (nlattr* filtering = inside(data, IFLA_BR_VLAN_FILTERING))
    parent.filters_vlans = nla_get_u8(filtering) != 0;
  if (nlattr* vlan = inside(data, IFLA_BR_VLAN_DEFAULT_PVID)) parent.default_vlan = nla_get_u16(vlan);
}

Parent parent_in(nlmsghdr& header) {
  const auto* link = static_cast<const ifinfomsg*>(nlmsg_data(&header));
  Parent parent{.index = link->ifi_index,
                .kind = {},
                .master = {},
                .up = (link->ifi_flags & IFF_UP) != 0,
                .loopback = (link->ifi_flags & IFF_LOOPBACK) != 0};
  const auto find = [&](int type) { return nlmsg_find_attr(&header, sizeof *link, type); };
  if (nlattr* mtu = find(IFLA_MTU)) parent.mtu = nla_get_u32(mtu);
  if (nlattr* master = find(IFLA_MASTER)) parent.master = name_of(nla_get_u32(master));
  if (nlattr* mac = find(IFLA_ADDRESS); mac != nullptr && nla_len(mac) == static_cast<int>(parent.mac.size()))
    std::memcpy(parent.mac.data(), nla_data(mac), parent.mac.size());
  nlattr* info = find(IFLA_LINKINFO);
  if (nlattr* kind = inside(info, IFLA_INFO_KIND)) parent.kind = nla_get_string(kind);
  if (parent.kind == "bridge") read_bridge(inside(info, IFLA_INFO_DATA), parent);
  return parent;
}

// A VLAN device of the host takes all frames of its VLAN, before a macvlan sees them.
std::string device_of_vlan(const Parent& parent, std::uint16_t vlan) {
  Message request(RTM_GETLINK, NLM_F_DUMP, "list of VLAN devices");
  request.header(ifinfomsg{}).nest(IFLA_LINKINFO, [](Message& info) {
    info.put_text(IFLA_INFO_KIND, "vlan");
  });
  std::string found;
  NetlinkSocket().dump(request, [&](nlmsghdr& header) {
    const auto find = [&](int type) { return nlmsg_find_attr(&header, sizeof(ifinfomsg), type); };
    nlattr* id = inside(inside(find(IFLA_LINKINFO), IFLA_INFO_DATA), IFLA_VLAN_ID);
    nlattr* lower = find(IFLA_LINK);
    if (id != nullptr && nla_get_u16(id) == vlan && lower != nullptr &&
        nla_get_u32(lower) == static_cast<std::uint32_t>(parent.index) && find(IFLA_LINK_NETNSID) == nullptr)
      found = nla_get_string(find(IFLA_IFNAME));
  });
  return found;
}

void check_mtu(const Parent& parent, const LanIntent& intent) {
  if (intent.mtu > parent.mtu)
    throw Error(ErrorKind::kInvalid, "the MTU " + std::to_string(intent.mtu) + " is larger than the " +
                                         std::to_string(parent.mtu) + " of `" + intent.parent + "`")
        .cure("net.mtu=" + std::to_string(parent.mtu));
}

}  // namespace

Parent find_parent(const std::string& name) {
  Message request(RTM_GETLINK, 0, "interface `" + name + "`");
  request.header(ifinfomsg{}).put_text(IFLA_IFNAME, name);
  Parent parent;
  const Outcome outcome = NetlinkSocket().get(request, [&](nlmsghdr& header) { parent = parent_in(header); });
  if (outcome.error_number == ENODEV)
    throw Error(ErrorKind::kNotFound, "this host has no interface `" + name + "`")
        .cure("net.parent names one of those that `ip link` shows");
  if (outcome.error_number != 0) fail_request(request, outcome);
  return parent;
}

bool leads_to_ports_alone(const Parent& parent) {
  if (parent.kind != "bridge") return false;
  Message request(RTM_GETLINK, NLM_F_DUMP, "list of ports");
  request.header(ifinfomsg{}).put_u32(IFLA_MASTER, static_cast<std::uint32_t>(parent.index));
  bool alone = true;
  NetlinkSocket().dump(request, [&](nlmsghdr& header) {
    nlattr* group = nlmsg_find_attr(&header, sizeof(ifinfomsg), IFLA_GROUP);
    alone = alone && group != nullptr && nla_get_u32(group) == kPortGroup;
  });
  return alone;
}

void check_bridge(const Parent& parent, const LanIntent& intent) {
  if (parent.kind != "bridge")
    throw Error(ErrorKind::kInvalid, "`" + intent.parent + "` is not a bridge")
        .cure("net.parent names a bridge, or net.mode=macvlan puts the container on any device");
  if (intent.vlan && !parent.filters_vlans)
    throw Error(ErrorKind::kInvalid, "the bridge `" + intent.parent + "` does not tell VLANs apart")
        .cure("`ip link set " + intent.parent + " type bridge vlan_filtering 1`, where the kernel can");
  check_mtu(parent, intent);
}

void check_macvlan_parent(const Parent& parent, const LanIntent& intent) {
  if (parent.loopback || is_host_link(intent.parent))
    throw Error(ErrorKind::kInvalid, "`" + intent.parent + "` leads to no network");
  if (!parent.master.empty())
    throw Error(ErrorKind::kConflict, "`" + intent.parent + "` is a port of `" + parent.master + "`")
        .cure("net.mode=bridge and net.parent=" + parent.master + " where that is a bridge");
  if (!parent.up)
    throw Error(ErrorKind::kConflict, "`" + intent.parent + "` is down")
        .cure("`ip link set " + intent.parent + " up`");
  if (const std::string taken = intent.vlan ? device_of_vlan(parent, *intent.vlan) : ""; !taken.empty())
    throw Error(ErrorKind::kConflict, "VLAN " + std::to_string(*intent.vlan) + " of `" + intent.parent +
                                          "` is the host's, as `" + taken + "`")
        .cure("net.parent=" + taken + " without net.vlan");
  check_mtu(parent, intent);
}

}  // namespace croft::netns
