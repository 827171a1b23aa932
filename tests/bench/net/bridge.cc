#include "tests/bench/net/bridge.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "netns/messages.h"
#include "tests/bench/net/flows.h"

namespace croft::bench {
namespace {

using netns::Message;

constexpr int kBridge = 1000;
constexpr int kInside = 2;

Message bridge() {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "a bridge");
  ifinfomsg link{};
  link.ifi_index = kBridge;
  message.header(link).put_text(IFLA_IFNAME, "ctbridge");
  message.nest(IFLA_LINKINFO, [](Message& info) { info.put_text(IFLA_INFO_KIND, "bridge"); });
  return message;
}

Message port(int index, const std::string& name, const Fd& inside) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, "a port of the bridge");
  ifinfomsg link{};
  link.ifi_index = index;
  message.header(link).put_text(IFLA_IFNAME, name).put_u32(IFLA_MASTER, kBridge);
  message.nest(IFLA_LINKINFO, [&](Message& info) {
    info.put_text(IFLA_INFO_KIND, "veth");
    info.nest(IFLA_INFO_DATA, [&](Message& data) {
      data.nest(VETH_INFO_PEER, [&](Message& peer) {
        ifinfomsg end{};
        end.ifi_index = kInside;
        peer.raw(end);
        peer.put_text(IFLA_IFNAME, "eth0").put_u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(inside.get()));
      });
    });
  });
  return message;
}

template <class... M>
void request(M... messages) {
  std::vector<Message> batch;
  (batch.push_back(std::move(messages)), ...);
  netns::NetlinkSocket().request(batch);
}

}  // namespace

BridgeHost::BridgeHost() : host_(new_netns("")), first_(new_netns("")), second_(new_netns("")) {
  constexpr unsigned kSubnet = 24;
  enter_netns(host_);
  request(bridge(), netns::link_up(kBridge, "ctbridge"));
  for (const unsigned number : {0U, 1U}) {
    const int index = kBridge + 1 + static_cast<int>(number);
    const std::string name = "ctport" + std::to_string(number);
    enter_netns(host_);
    request(port(index, name, inside(number)), netns::link_up(index, name));
    enter_netns(inside(number));
    request(netns::link_up(kInside, "eth0"),
            netns::new_address(kInside, "eth0", netns::parse_address(address(number)), kSubnet));
  }
  enter_netns(host_);
}

}  // namespace croft::bench
