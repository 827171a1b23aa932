#include "ctl/lifecycle/nic.h"

#include <algorithm>

#include "ctl/spec/interfaces.h"
#include "netns/bridge.h"
#include "netns/link.h"
#include "netns/macvlan.h"
#include "netns/messages.h"
#include "netns/parent.h"
#include "netns/phys.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::LaunchList;

bool is_spoken(const Host& host, const netns::Address& address) {
  return address.family == netns::Family::kV4 || host.ipv6;
}

class NoNic final : public Nic {
 public:
  void plan_host(const runtime::FdSlot& /*netns*/, const std::function<void(int)>& /*made*/,
                 runtime::Changes& /*changes*/) const override {}
  void plan_inside(LaunchList& list) const override { netns::plan_loopback(list); }
  [[nodiscard]] fs::NetworkIntent files() const override {
    return {.interface = std::string(kFirstInterface)};
  }
};

class RoutedNic final : public Nic {
 public:
  RoutedNic(netns::InterfaceIntent intent, std::vector<netns::Proxied> proxied)
      : intent_(std::move(intent)), proxied_(std::move(proxied)) {}

  void plan_host(const runtime::FdSlot& netns, const std::function<void(int)>& made,
                 runtime::Changes& changes) const override {
    runtime::add(changes, netns::MakeVeth{.intent = intent_, .netns = netns, .made = made});
    if (!proxied_.empty()) runtime::add(changes, netns::AnswerFor{proxied_});
  }
  void plan_inside(LaunchList& list) const override { netns::plan_inside(intent_, list); }
  [[nodiscard]] fs::NetworkIntent files() const override {
    fs::NetworkIntent files{.interface = intent_.inside_name,
                            .gateway4 = to_text(netns::gateway_v4()),
                            .gateway6 = to_text(netns::gateway_v6())};
    for (const netns::Address& address : intent_.addresses) files.addresses.push_back(to_text(address));
    return files;
  }

 private:
  netns::InterfaceIntent intent_;
  std::vector<netns::Proxied> proxied_;
};

// On a network that others run.
class LanNic : public Nic {
 public:
  explicit LanNic(netns::LanIntent intent) : intent_(std::move(intent)) {}

  void plan_inside(LaunchList& list) const override { netns::plan_lan_inside(intent_, list); }
  // What a router of the network offers is not what was stated.
  [[nodiscard]] fs::Sysctls sysctls() const override {
    if (intent_.addresses.empty() || !netns::has_ipv6()) return {};
    return {{"net.ipv6.conf." + intent_.inside_name + ".accept_ra", "0"}};
  }
  [[nodiscard]] fs::NetworkIntent files() const override {
    fs::NetworkIntent files{.interface = intent_.inside_name, .on_lan = true};
    for (const netns::LanAddress& address : intent_.addresses) files.addresses.push_back(to_text(address));
    for (const netns::Address& gateway : intent_.gateways)
      (gateway.family == netns::Family::kV4 ? files.gateway4 : files.gateway6) = to_text(gateway);
    return files;
  }

 protected:
  [[nodiscard]] const netns::LanIntent& intent() const { return intent_; }

 private:
  netns::LanIntent intent_;
};

class BridgeNic final : public LanNic {
 public:
  using LanNic::LanNic;
  void check() const override { netns::check_bridge(netns::find_parent(intent().parent), intent()); }
  void plan_host(const runtime::FdSlot& netns, const std::function<void(int)>& made,
                 runtime::Changes& changes) const override {
    runtime::add(changes, netns::JoinBridge{.intent = intent(), .netns = netns, .made = made});
  }
};

class MacvlanNic final : public LanNic {
 public:
  MacvlanNic(netns::LanIntent intent, netns::Isolation isolation)
      : LanNic(std::move(intent)), isolation_(isolation) {}
  void check() const override { netns::check_macvlan_parent(netns::find_parent(intent().parent), intent()); }
  void plan_host(const runtime::FdSlot& netns, const std::function<void(int)>& /*made*/,
                 runtime::Changes& changes) const override {
    runtime::add(changes, netns::MakeMacvlan{.intent = intent(), .isolation = isolation_, .netns = netns});
  }

 private:
  netns::Isolation isolation_;
};

class PhysNic final : public LanNic {
 public:
  PhysNic(netns::LanIntent intent, std::string directory)
      : LanNic(std::move(intent)), directory_(std::move(directory)) {}
  void check() const override { netns::check_device(intent(), directory_); }
  void plan_host(const runtime::FdSlot& netns, const std::function<void(int)>& /*made*/,
                 runtime::Changes& changes) const override {
    runtime::add(changes, netns::TakeDevice{.intent = intent(), .netns = netns, .directory = directory_});
  }

 private:
  std::string directory_;
};

netns::InterfaceIntent routed_intent(const Host& host, const Interface& interface) {
  return {.uuid = interface.id,
          .mac = interface.net->mac,
          .inside_name = interface.name,
          .inside_index = interface.index,
          .queues = interface.net->queues,
          .mtu = interface.net->mtu,
          .addresses = addresses_of(host, interface),
          .ways = interface.ways};
}

netns::LanIntent lan_intent(const Host& host, const Interface& interface) {
  const Spec::Net& net = *interface.net;
  netns::LanIntent intent;
  intent.uuid = interface.id;
  intent.inside_name = interface.name;
  intent.inside_index = interface.index;
  intent.queues = net.queues;
  intent.ways = interface.ways;
  intent.mac = net.mac.value_or(netns::inside_mac(interface.id));
  intent.mtu = net.mtu;
  intent.parent = net.parent.value_or("");
  if (net.vlan) intent.vlan = static_cast<std::uint16_t>(*net.vlan);
  for (const std::string& text : net.address)
    if (const netns::LanAddress one = netns::parse_lan_address(text); is_spoken(host, one.address))
      intent.addresses.push_back(one);
  for (const std::string& text : net.gateway)
    if (const netns::Address gateway = netns::parse_address(text); is_spoken(host, gateway))
      intent.gateways.push_back(gateway);
  return intent;
}

bool leads_out(const Host& host, const Interface& interface, netns::Family family) {
  const auto has = [&](const std::vector<netns::Address>& all) {
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.family == family; });
  };
  if (traits_of(interface.net->mode).routed) return has(addresses_of(host, interface));
  std::vector<netns::Address> gateways;
  for (const std::string& text : interface.net->gateway) gateways.push_back(netns::parse_address(text));
  return traits_of(interface.net->mode).lan && has(gateways);
}

// The first one that leads out has the way to everything.
void give_ways(const Host& host, std::vector<Interface>& all) {
  bool free4 = true;
  bool free6 = true;
  for (Interface& one : all) {
    one.ways = {.main4 = free4, .main6 = free6};
    free4 = free4 && !leads_out(host, one, netns::Family::kV4);
    free6 = free6 && !leads_out(host, one, netns::Family::kV6);
  }
}

}  // namespace

std::vector<Interface> interfaces_of(const Host& host, const ContainerRecord& record, const Spec& spec) {
  std::vector<Interface> all;
  // Those of several have indices that say so (netns/messages.h).
  const int first = spec.nic.empty() ? netns::kInsideIndex : netns::kInsideIndex + 1;
  all.push_back({record.uuid, std::string(kFirstInterface), first, &spec.net, record.addresses});
  for (const auto& [name, net] : spec.nic) {
    const auto leased = record.nic_addresses.find(name);
    all.push_back({netns::interface_id(record.uuid, name), name, all.back().index + 1, &net,
                   leased == record.nic_addresses.end() ? std::vector<std::string>{} : leased->second});
  }
  if (all.size() > 1) give_ways(host, all);
  return all;
}

std::vector<std::string> link_ids(const ContainerRecord& record, const Spec& spec) {
  std::vector<std::string> all{record.uuid};
  for (const auto& [name, net] : spec.nic) all.push_back(netns::interface_id(record.uuid, name));
  return all;
}

bool has_network(const Spec& spec) {
  return spec.net.mode != NetMode::kNone || !spec.nic.empty();
}

bool has_link(const Spec& spec) {
  return traits_of(spec.net.mode).link || std::any_of(spec.nic.begin(), spec.nic.end(), [](const auto& one) {
           return traits_of(one.second.mode).link;
         });
}

std::unique_ptr<Nic> nic_of(const Host& host, const Interface& interface) {
  switch (interface.net->mode) {
    case NetMode::kRouted:
      return std::make_unique<RoutedNic>(routed_intent(host, interface), proxied_of(host, interface));
    case NetMode::kBridge:
      return std::make_unique<BridgeNic>(lan_intent(host, interface));
    case NetMode::kMacvlan:
      return std::make_unique<MacvlanNic>(lan_intent(host, interface), interface.net->isolation);
    case NetMode::kPhys:
      return std::make_unique<PhysNic>(lan_intent(host, interface), host.taken());
    case NetMode::kNone:
      break;
  }
  return std::make_unique<NoNic>();
}

std::vector<std::unique_ptr<Nic>> nics_of(const Host& host, const ContainerRecord& record, const Spec& spec) {
  std::vector<std::unique_ptr<Nic>> all;
  for (const Interface& one : interfaces_of(host, record, spec)) all.push_back(nic_of(host, one));
  return all;
}

std::vector<netns::Message> settings_inside(const Host& host, const Interface& interface) {
  const NetTraits traits = traits_of(interface.net->mode);
  if (traits.routed) return netns::settings_inside(routed_intent(host, interface));
  if (traits.lan) return netns::settings_inside(lan_intent(host, interface));
  return {};
}

std::vector<netns::Proxied> proxied_of(const Host& host, const Interface& interface) {
  std::vector<netns::Proxied> all;
  if (!interface.net->proxy) return all;
  for (const netns::Address& address : addresses_of(host, interface))
    all.push_back({*interface.net->proxy, address});
  return all;
}

std::vector<netns::Proxied> proxied_of(const Host& host, const ContainerRecord& record) {
  std::vector<netns::Proxied> all;
  for (const Interface& one : interfaces_of(host, record, record.spec.parsed()))
    for (netns::Proxied& proxied : proxied_of(host, one)) all.push_back(std::move(proxied));
  return all;
}

void readdress_host(const Host& host, const Interface& before, const Interface& after, bool resumed) {
  if (!traits_of(before.net->mode).routed || !traits_of(after.net->mode).routed) return;
  if (addresses_of(host, before) == addresses_of(host, after) && !resumed) return;
  netns::readdress_host_end(routed_intent(host, before), routed_intent(host, after), resumed);
}

// What was leased before it came to another network stays leased, but is not its own there.
std::vector<netns::Address> addresses_of(const Host& host, const Interface& interface) {
  const NetTraits traits = traits_of(interface.net->mode);
  std::vector<netns::Address> all;
  if (traits.routed)
    for (const std::string& text : interface.leased) all.push_back(netns::parse_address(text));
  if (traits.lan)
    for (const std::string& text : interface.net->address)
      all.push_back(netns::parse_lan_address(text).address);
  std::erase_if(all, [&](const netns::Address& address) { return !is_spoken(host, address); });
  return all;
}

std::optional<netns::Mac> mac_of(const Interface& interface) {
  if (interface.net->mode == NetMode::kNone || interface.net->mode == NetMode::kPhys) return std::nullopt;
  return interface.net->mac.value_or(netns::inside_mac(interface.id));
}

namespace {

void check_apart(const Interface& own, const Interface& other, const std::string& object) {
  if (own.net->mac && mac_of(other) == own.net->mac)
    throw runtime::Error(
        runtime::ErrorKind::kExists,
        "the hardware address " + netns::to_text(*own.net->mac) + " belongs to `" + object + "`");
  if (netns::host_link_name(own.id) == netns::host_link_name(other.id))
    throw runtime::Error(runtime::ErrorKind::kExists, "the interface `" + own.name +
                                                          "` would be called on the host as `" + other.name +
                                                          "` of `" + object + "`")
        .cure("give it another name");
}

}  // namespace

void check_interfaces(const Context& context, const ContainerRecord& record, const Spec& spec) {
  if (!spec.net.mac && spec.nic.empty()) return;
  const std::vector<Interface> own = interfaces_of(context.host, record, spec);
  for (std::size_t i = 0; i < own.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) check_apart(own[i], own[j], record.object());
  for (const ContainerRecord& other : context.registry.containers()) {
    if (other.uuid == record.uuid) continue;
    for (const Interface& theirs : interfaces_of(context.host, other, other.spec.parsed()))
      for (const Interface& one : own) check_apart(one, theirs, other.object());
  }
}

}  // namespace croft::ctl
