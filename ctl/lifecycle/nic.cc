#include "ctl/lifecycle/nic.h"

#include "netns/bridge.h"
#include "netns/link.h"
#include "netns/macvlan.h"
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
  [[nodiscard]] fs::NetworkIntent files() const override { return {.interface = "eth0"}; }
};

class RoutedNic final : public Nic {
 public:
  explicit RoutedNic(netns::InterfaceIntent intent) : intent_(std::move(intent)) {}

  void plan_host(const runtime::FdSlot& netns, const std::function<void(int)>& made,
                 runtime::Changes& changes) const override {
    runtime::add(changes, netns::MakeVeth{.intent = intent_, .netns = netns, .made = made});
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

netns::InterfaceIntent routed_intent(const Host& host, const ContainerRecord& record, const Spec& spec) {
  netns::InterfaceIntent intent;
  intent.uuid = record.uuid;
  intent.mac = spec.net.mac;
  intent.mtu = spec.net.mtu;
  intent.addresses = addresses_of(host, record, spec);
  return intent;
}

netns::LanIntent lan_intent(const Host& host, const ContainerRecord& record, const Spec& spec) {
  netns::LanIntent intent;
  intent.uuid = record.uuid;
  intent.mac = spec.net.mac.value_or(netns::inside_mac(record.uuid));
  intent.mtu = spec.net.mtu;
  intent.parent = spec.net.parent.value_or("");
  if (spec.net.vlan) intent.vlan = static_cast<std::uint16_t>(*spec.net.vlan);
  for (const std::string& text : spec.net.address)
    if (const netns::LanAddress one = netns::parse_lan_address(text); is_spoken(host, one.address))
      intent.addresses.push_back(one);
  for (const std::string& text : spec.net.gateway)
    if (const netns::Address gateway = netns::parse_address(text); is_spoken(host, gateway))
      intent.gateways.push_back(gateway);
  return intent;
}

}  // namespace

std::unique_ptr<Nic> nic_of(const Host& host, const ContainerRecord& record, const Spec& spec) {
  switch (spec.net.mode) {
    case NetMode::kRouted:
      return std::make_unique<RoutedNic>(routed_intent(host, record, spec));
    case NetMode::kBridge:
      return std::make_unique<BridgeNic>(lan_intent(host, record, spec));
    case NetMode::kMacvlan:
      return std::make_unique<MacvlanNic>(lan_intent(host, record, spec), spec.net.isolation);
    case NetMode::kPhys:
      return std::make_unique<PhysNic>(lan_intent(host, record, spec), host.taken());
    case NetMode::kNone:
      break;
  }
  return std::make_unique<NoNic>();
}

// What was leased before it came to another network stays leased, but is not its own there.
std::vector<netns::Address> addresses_of(const Host& host, const ContainerRecord& record, const Spec& spec) {
  const NetTraits traits = traits_of(spec.net.mode);
  std::vector<netns::Address> all;
  if (traits.routed)
    for (const std::string& text : record.addresses) all.push_back(netns::parse_address(text));
  if (traits.lan)
    for (const std::string& text : spec.net.address) all.push_back(netns::parse_lan_address(text).address);
  std::erase_if(all, [&](const netns::Address& address) { return !is_spoken(host, address); });
  return all;
}

std::optional<netns::Mac> mac_of(const ContainerRecord& record, const Spec& spec) {
  if (spec.net.mode == NetMode::kNone || spec.net.mode == NetMode::kPhys) return std::nullopt;
  return spec.net.mac.value_or(netns::inside_mac(record.uuid));
}

void check_mac(const Context& context, const std::string& uuid, const Spec& spec) {
  if (!spec.net.mac) return;
  for (const ContainerRecord& other : context.registry.containers())
    if (other.uuid != uuid && mac_of(other, other.spec.parsed()) == spec.net.mac)
      throw runtime::Error(
          runtime::ErrorKind::kExists,
          "the hardware address " + netns::to_text(*spec.net.mac) + " belongs to `" + other.object() + "`");
}

}  // namespace croft::ctl
