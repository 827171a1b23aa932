// What the packet filter is told of containers and pools.
#include <algorithm>
#include <map>

#include "ctl/lifecycle/host_settings.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/interfaces.h"
#include "netns/listeners.h"
#include "netns/pool.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

std::vector<netns::Guard> guards_in(const Context& context, const ContainerRecord& record,
                                    std::uint32_t tenant) {
  std::vector<netns::Guard> guards;
  for (const Interface& one : interfaces_of(context.host, record, record.spec.parsed())) {
    const Spec::Net& net = *one.net;
    if (!traits_of(net.mode).link) continue;
    netns::Guard guard{one.id, {}, netns::kSharedRealm + tenant, net.isolation, net.forward, net.firewall};
    guard.connections = net.connections;
    guard.mac = net.mac;
    guard.on_bridge = net.mode == NetMode::kBridge;
    guard.addresses = addresses_of(context.host, one);
    guards.push_back(std::move(guard));
  }
  return guards;
}

}  // namespace

std::vector<netns::Guard> guards_of(const Context& context, const ContainerRecord& record) {
  const auto tenant = context.registry.find_tenant(record.tenant);
  return guards_in(context, record, tenant ? tenant->number : 0);
}

namespace {

std::vector<netns::Guard> all_guards(const Context& context) {
  std::map<std::string, std::uint32_t> numbers;
  for (const TenantRecord& tenant : context.registry.tenants()) numbers[tenant.name] = tenant.number;
  std::vector<netns::Guard> guards;
  for (const ContainerRecord& record : context.registry.containers())
    for (netns::Guard& guard : guards_in(context, record, numbers[record.tenant]))
      guards.push_back(std::move(guard));
  return guards;
}

}  // namespace

std::vector<netns::Prefix> masqueraded_prefixes(const Context& context) {
  std::vector<netns::Prefix> all;
  for (const PoolRecord& pool : context.registry.pools())
    for (const PoolPrefix& one : pool.prefixes)
      if (const netns::Prefix prefix = netns::parse_prefix(one.prefix);
          one.nat && (prefix.base.family == netns::Family::kV4 || context.host.ipv6))
        all.push_back(prefix);
  return all;
}

netns::Filter whole_filter(const Context& context) {
  return {all_guards(context), masqueraded_prefixes(context), host_access(host_settings(context.registry))};
}

namespace {

using Forwards = std::vector<std::pair<std::string, netns::Forward>>;  // by place

Forwards all_forwards(const Spec& spec) {
  Forwards all;
  const auto add = [&all](const std::vector<netns::Forward>& some, const std::string& key) {
    for (std::size_t i = 0; i < some.size(); ++i)
      all.emplace_back(key + "[" + std::to_string(i) + "]", some[i]);
  };
  add(spec.net.forward, "net.forward");
  for (const auto& [name, net] : spec.nic) add(net.forward, renamed("net.forward", name));
  return all;
}

}  // namespace

void check_listeners(const Spec& before, const Spec& after) {
  const Forwards known = all_forwards(before);
  std::vector<runtime::FieldError> wrong;
  for (const auto& [place, forward] : all_forwards(after)) {
    const bool old = std::any_of(known.begin(), known.end(),
                                 [&, &one = forward](const auto& other) { return other.second == one; });
    if (old) continue;
    if (const auto listener = netns::listener_behind(forward))
      wrong.push_back({place, "takes a port that a program of the host listens on: " + *listener});
  }
  if (!wrong.empty()) throw runtime::Error(std::move(wrong));
}

}  // namespace croft::ctl
