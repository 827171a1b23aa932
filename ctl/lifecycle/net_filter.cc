// What the packet filter is told of containers and pools.
#include <algorithm>
#include <map>

#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/verbs.h"
#include "netns/listeners.h"
#include "netns/pool.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

std::optional<netns::Guard> guard_in(const Context& context, const ContainerRecord& record,
                                     std::uint32_t tenant) {
  const Spec& spec = record.spec.parsed();
  const Spec::Net& net = spec.net;
  if (!traits_of(net.mode).link) return std::nullopt;
  netns::Guard guard{record.uuid, {}, netns::kSharedRealm + tenant, net.isolation, net.forward, net.firewall};
  guard.mac = net.mac;
  guard.on_bridge = net.mode == NetMode::kBridge;
  guard.addresses = addresses_of(context.host, record, spec);
  return guard;
}

}  // namespace

std::optional<netns::Guard> guard_of(const Context& context, const ContainerRecord& record) {
  const auto tenant = context.registry.find_tenant(record.tenant);
  return guard_in(context, record, tenant ? tenant->number : 0);
}

namespace {

std::vector<netns::Guard> all_guards(const Context& context) {
  std::map<std::string, std::uint32_t> numbers;
  for (const TenantRecord& tenant : context.registry.tenants()) numbers[tenant.name] = tenant.number;
  std::vector<netns::Guard> guards;
  for (const ContainerRecord& record : context.registry.containers())
    if (auto guard = guard_in(context, record, numbers[record.tenant])) guards.push_back(*std::move(guard));
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
  return {all_guards(context), masqueraded_prefixes(context)};
}

void check_listeners(const std::vector<netns::Forward>& before, const std::vector<netns::Forward>& after) {
  std::vector<runtime::FieldError> wrong;
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (std::find(before.begin(), before.end(), after[i]) != before.end()) continue;
    if (const auto listener = netns::listener_behind(after[i]))
      wrong.push_back({"net.forward[" + std::to_string(i) + "]",
                       "takes a port that a program of the host listens on: " + *listener});
  }
  if (!wrong.empty()) throw runtime::Error(std::move(wrong));
}

}  // namespace croft::ctl
