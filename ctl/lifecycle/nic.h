// A container's interfaces, each by its mode: what makes it on the host and inside, and what its files say.
// The one place that knows which mode is made by what; everybody else asks traits_of (spec.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ctl/lifecycle/context.h"
#include "ctl/spec/spec.h"
#include "fs/network_files.h"
#include "fs/sysctl.h"
#include "netns/guard.h"
#include "netns/link.h"
#include "netns/proxy.h"
#include "runtime/change.h"
#include "runtime/fd.h"
#include "runtime/launch.h"

namespace croft::netns {
class Message;
}

namespace croft::ctl {

// One of a container. What the host knows it by, `id`, is the container's uuid for the first and made of it
// for all others.
struct Interface {
  std::string id;
  std::string name;  // inside
  int index = 0;     // inside
  const Spec::Net* net = nullptr;
  std::vector<std::string> leased;
  netns::WaysOut ways{};
};
// The first one, of whatever mode, then those that the specification names, by name. They refer to `record`
// and `spec`.
std::vector<Interface> interfaces_of(const Host& host, const ContainerRecord& record, const Spec& spec);
// Their ids.
std::vector<std::string> link_ids(const ContainerRecord& record, const Spec& spec);
bool has_network(const Spec& spec);
// A host end of any of them.
bool has_link(const Spec& spec);

class Nic {
 public:
  Nic() = default;
  Nic(const Nic&) = delete;
  Nic& operator=(const Nic&) = delete;
  virtual ~Nic() = default;

  // Throws Error for what a start refuses before it touches anything.
  virtual void check() const {}
  // The host's part. `made` gets the index of the host end, where there is one, before a packet can come.
  virtual void plan_host(const runtime::FdSlot& netns, const std::function<void(int)>& made,
                         runtime::Changes& changes) const = 0;
  virtual void plan_inside(runtime::LaunchList& list) const = 0;
  // Settings of the container's net namespace, before its own.
  [[nodiscard]] virtual fs::Sysctls sysctls() const { return {}; }
  // Of the network, for the container's manager; name servers are added by the caller.
  [[nodiscard]] virtual fs::NetworkIntent files() const = 0;
};

std::unique_ptr<Nic> nic_of(const Host& host, const Interface& interface);
// Of all of them.
std::vector<std::unique_ptr<Nic>> nics_of(const Host& host, const ContainerRecord& record, const Spec& spec);

// What it has inside of addresses and routes, as requests of its own net namespace.
std::vector<netns::Message> settings_inside(const Host& host, const Interface& interface);
// Of its host end, while that is there; `resumed` as in netns::readdress_host_end. Throws Error.
void readdress_host(const Host& host, const Interface& before, const Interface& after, bool resumed);

// What the host answers for it while it runs.
std::vector<netns::Proxied> proxied_of(const Host& host, const Interface& interface);
std::vector<netns::Proxied> proxied_of(const Host& host, const ContainerRecord& record);

// Those that it has stated or leased and that the host speaks; none where it gets them itself.
std::vector<netns::Address> addresses_of(const Host& host, const Interface& interface);
// Its hardware address; nothing where it has no interface, or one of the host's.
std::optional<netns::Mac> mac_of(const Interface& interface);

// In place of the uuid of a container that is yet to be made.
inline constexpr const char* kNoUuid = "00000000-0000-0000-0000-000000000000";

// Throws Error kExists where `spec` states a hardware address that a container other than `uuid` has: a
// bridge would send one what is for the other. Also for the name of an interface that would have another's
// name on the host.
void check_interfaces(const Context& context, const ContainerRecord& record, const Spec& spec);

}  // namespace croft::ctl
