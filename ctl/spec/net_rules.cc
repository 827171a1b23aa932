// What must hold between the keys of a container's network.
#include <algorithm>

#include "cgroups/resources.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/rules.h"
#include "netns/lan.h"

namespace croft::ctl {
namespace {

std::string not_with(NetMode mode) {
  return "is not possible with net.mode=" + std::string(to_text(mode));
}

void check_forwards(const Spec& spec, Rules& rules) {
  const std::vector<netns::Forward>& all = spec.net.forward;
  rules.need(all.empty() || traits_of(spec.net.mode).routed, "net.forward", not_with(spec.net.mode));
  std::size_t ports = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    ports += all[i].count;
    for (std::size_t j = 0; j < i; ++j)
      if (netns::collide(all[i], all[j]))
        rules.fail("net.forward[" + std::to_string(i) + "]",
                   "has a port of " + netns::to_text(all[j]) + " too");
  }
  rules.need(
      ports <= kMaxForwardedPorts, "net.forward",
      "is of more than " + std::to_string(kMaxForwardedPorts) + " ports; give it an address of its own");
}

// Alone on its link an address has no network, beside others it has one.
void check_addresses(const Spec& spec, Rules& rules) {
  const NetTraits traits = traits_of(spec.net.mode);
  rules.need(spec.net.address.empty() || traits.routed || traits.lan, "net.address", not_with(spec.net.mode));
  for (std::size_t i = 0; i < spec.net.address.size(); ++i) {
    const std::string path = "net.address[" + std::to_string(i) + "]";
    const bool has_length = spec.net.address[i].find('/') != std::string::npos;
    rules.need(has_length || !traits.lan, path, "needs the length of its network, as in 192.0.2.8/24");
    rules.need(!has_length || !traits.routed, path, "stands without a length with net.mode=routed");
  }
}

bool is_reached(const netns::Address& gateway, const std::vector<netns::LanAddress>& addresses) {
  return std::any_of(addresses.begin(), addresses.end(), [&](const netns::LanAddress& own) {
    if (own.address.family != gateway.family || own.address == gateway) return false;
    return netns::is_link_local6(gateway) || contains(network_of(own), gateway);
  });
}

void check_gateways(const Spec& spec, Rules& rules) {
  std::vector<netns::LanAddress> own;
  for (const std::string& text : spec.net.address)
    if (text.find('/') != std::string::npos) own.push_back(netns::parse_lan_address(text));
  std::vector<netns::Family> seen;
  for (std::size_t i = 0; i < spec.net.gateway.size(); ++i) {
    const std::string path = "net.gateway[" + std::to_string(i) + "]";
    const netns::Address gateway = netns::parse_address(spec.net.gateway[i]);
    rules.need(std::find(seen.begin(), seen.end(), gateway.family) == seen.end(), path,
               "is the second one of its family");
    seen.push_back(gateway.family);
    if (!is_reached(gateway, own))
      rules.fail(path, "is another one's address in no network of net.address", "net.address");
  }
}

void check_lan(const Spec& spec, Rules& rules) {
  const Spec::Net& net = spec.net;
  const bool lan = traits_of(net.mode).lan;
  rules.need(net.parent.has_value() == lan, "net.parent",
             lan ? "is required with net.mode=" + std::string(to_text(net.mode)) : not_with(net.mode));
  rules.need(!net.vlan || net.mode == NetMode::kBridge || net.mode == NetMode::kMacvlan, "net.vlan",
             not_with(net.mode));
  const bool has_mac = net.mode != NetMode::kNone && net.mode != NetMode::kPhys;
  rules.need(!net.mac || has_mac, "net.mac", not_with(net.mode));
  rules.need(net.gateway.empty() || lan, "net.gateway", not_with(net.mode));
  if (lan) check_gateways(spec, rules);
}

void check_interface(const Spec& spec, Rules& rules) {
  const bool routed = traits_of(spec.net.mode).routed;
  check_addresses(spec, rules);
  rules.need(!spec.net.pool || routed, "net.pool", not_with(spec.net.mode));
  check_forwards(spec, rules);
  rules.need(spec.net.firewall.empty() || routed, "net.firewall", not_with(spec.net.mode));
  rules.need(spec.net.isolation == netns::Isolation::kTenant || spec.net.mode != NetMode::kPhys,
             "net.isolation", not_with(spec.net.mode));
  rules.need(!spec.net.proxy || routed, "net.proxy", not_with(spec.net.mode));
  rules.need(!spec.net.connections || routed, "net.connections.limit", not_with(spec.net.mode));
  rules.need(spec.net.queues == 1 || traits_of(spec.net.mode).link, "net.queues", not_with(spec.net.mode));
  check_lan(spec, rules);
}

// A port of the host leads to one place.
void check_forwards_of_nics(const Spec& spec, Rules& rules) {
  std::vector<netns::Forward> before = spec.net.forward;
  for (const auto& [name, net] : spec.nic) {
    rules.speak_of(name);
    for (std::size_t i = 0; i < net.forward.size(); ++i)
      for (const netns::Forward& other : before)
        if (netns::collide(net.forward[i], other))
          rules.fail("net.forward[" + std::to_string(i) + "]",
                     "has a port of " + netns::to_text(other) + " of another interface");
    before.insert(before.end(), net.forward.begin(), net.forward.end());
  }
}

std::vector<std::string> parents_taken(const Spec& spec) {
  std::vector<std::string> all;
  if (spec.net.mode == NetMode::kPhys) all.push_back(spec.net.parent.value_or(""));
  for (const auto& [name, net] : spec.nic)
    if (net.mode == NetMode::kPhys) all.push_back(net.parent.value_or(""));
  return all;
}

// Rules of packets and rates need a link of the host's.
void check_nics(const Spec& spec, Rules& rules) {
  for (const auto& [name, net] : spec.nic) {
    rules.speak_of(name);
    Spec part;
    part.net = net;
    check_interface(part, rules);
    rules.need(net.mode != NetMode::kNone, "net.mode", "an interface that is none is left out");
    const std::vector<std::string> taken = parents_taken(spec);
    rules.need(net.mode != NetMode::kPhys || std::count(taken.begin(), taken.end(), net.parent) < 2,
               "net.parent", "is another interface's of this container, too");
  }
  check_forwards_of_nics(spec, rules);
  rules.speak_of("");
}

bool any_has_a_link(const Spec& spec) {
  return traits_of(spec.net.mode).link || std::any_of(spec.nic.begin(), spec.nic.end(), [](const auto& one) {
           return traits_of(one.second.mode).link;
         });
}

void check_rates(const Spec& spec, Rules& rules) {
  if (any_has_a_link(spec)) return;
  for (const cgroups::Resource way : {cgroups::Resource::kNetIn, cgroups::Resource::kNetOut})
    rules.need(spec.resources[way] == cgroups::Words{}, to_text(way), not_with(spec.net.mode));
  rules.need(spec.class_in.empty(), "net.in.class", not_with(spec.net.mode));
  rules.need(spec.class_out.empty(), "net.out.class", not_with(spec.net.mode));
}

}  // namespace

void check_network(const Spec& spec, Rules& rules) {
  check_interface(spec, rules);
  check_nics(spec, rules);
  check_rates(spec, rules);
}

}  // namespace croft::ctl
