// The container's side of its network: complete rtnetlink requests as steps of the launch.
#include <linux/if_link.h>

#include "netns/link.h"
#include "netns/messages.h"

namespace croft::netns {
namespace {

constexpr int kLoopbackIndex = 1;  // in every net namespace

void add(runtime::LaunchList& list, const Message& message) {
  list.netlink(message.bytes(static_cast<std::uint32_t>(list.size()) + 1), message.shown());
}

void add_gateway(const InterfaceIntent& intent, Family family, std::vector<Message>& all) {
  if (!has_family(intent.addresses, family)) return;
  const Address& gateway = family == Family::kV4 ? gateway_v4() : gateway_v6();
  const int index = intent.inside_index;
  // fe80::1 is on every link by its prefix; 169.254.1.1 is not.
  std::vector<Prefix> near;
  if (family == Family::kV4) near.push_back(whole(gateway));
  if (intent.ways.is_main(family))
    for (const Prefix& prefix : near)
      all.push_back(new_route(index, intent.inside_name, prefix, std::nullopt));
  for (Message& message : way_out(index, intent.inside_name, intent.addresses, near, gateway, intent.ways))
    all.push_back(std::move(message));
}

}  // namespace

void plan_loopback(runtime::LaunchList& list) {
  add(list, link_up(kLoopbackIndex, "lo"));
}

void plan_inside(const InterfaceIntent& intent, runtime::LaunchList& list) {
  check(intent);
  plan_loopback(list);
  add(list, link_up(intent.inside_index, intent.inside_name));
  for (const Message& message : settings_inside(intent)) add(list, message);
}

std::vector<Message> settings_inside(const InterfaceIntent& intent) {
  std::vector<Message> all;
  for (const Address& address : intent.addresses)
    all.push_back(new_address(intent.inside_index, intent.inside_name, address, whole(address).length));
  add_gateway(intent, Family::kV4, all);
  add_gateway(intent, Family::kV6, all);
  return all;
}

}  // namespace croft::netns
