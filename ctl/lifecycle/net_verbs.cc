// net.list and net.show, and what the packet filter is told of containers
#include <algorithm>
#include <map>

#include "ctl/lifecycle/verbs.h"
#include "netns/link.h"
#include "netns/pool.h"

namespace croft::ctl {
namespace {

std::string mac_text(const ContainerRecord& record) {
  return netns::to_text(netns::inside_mac(record.uuid));
}

std::optional<netns::Guard> guard_in(const Context& context, const ContainerRecord& record,
                                     std::uint32_t tenant) {
  const Spec::Net& net = record.spec.parsed().net;
  if (net.mode == NetMode::kNone) return std::nullopt;
  netns::Guard guard{record.uuid, {}, netns::kSharedRealm + tenant, net.isolation};
  for (const std::string& text : record.addresses) {
    const netns::Address address = netns::parse_address(text);
    if (address.family == netns::Family::kV4 || context.host.ipv6) guard.addresses.push_back(address);
  }
  return guard;
}

Json drops_json(const Context& context, const ContainerRecord& record) {
  Json json = Json::object();
  for (const netns::Drop drop : netns::kDrops) json[netns::to_text(drop)] = {{"packets", 0}, {"bytes", 0}};
  const std::string link = netns::host_link_name(record.uuid);
  for (const netns::Dropped& one : context.firewall.dropped())
    if (one.link == link) json[netns::to_text(one.drop)] = {{"packets", one.packets}, {"bytes", one.bytes}};
  return json;
}

// Those of its addresses that nobody sees elsewhere.
Json nat_addresses(const ContainerRecord& record, const std::vector<netns::Prefix>& natted) {
  Json list = Json::array();
  for (const std::string& text : record.addresses) {
    const netns::Address address = netns::parse_address(text);
    if (std::any_of(natted.begin(), natted.end(), [&](const auto& p) { return netns::contains(p, address); }))
      list.push_back(text);
  }
  return list;
}

Json network_json(const ContainerRecord& record, const std::vector<netns::Prefix>& natted) {
  const Spec& spec = record.spec.parsed();
  const bool alone = spec.net.mode == NetMode::kNone;
  const auto pool = pool_of(spec);
  return {{"uuid", record.uuid},
          {"name", record.name},
          {"tenant", record.tenant},
          {"state", to_text(record.state)},
          {"mode", to_text(spec.net.mode)},
          {"interface", alone ? Json() : Json(netns::host_link_name(record.uuid))},
          {"mac", alone ? Json() : Json(mac_text(record))},
          {"addresses", record.addresses},
          {"pool", pool ? Json(*pool) : Json()},
          {"isolation", to_text(spec.net.isolation)},
          {"nat", nat_addresses(record, natted)}};
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

// Those whose addresses the host can have.
std::vector<netns::Prefix> masqueraded(const Context& context) {
  std::vector<netns::Prefix> all;
  for (const PoolRecord& pool : context.registry.pools())
    for (const PoolPrefix& one : pool.prefixes)
      if (const netns::Prefix prefix = netns::parse_prefix(one.prefix);
          one.nat && (prefix.base.family == netns::Family::kV4 || context.host.ipv6))
        all.push_back(prefix);
  return all;
}

}  // namespace

netns::Filter whole_filter(const Context& context) {
  return {all_guards(context), masqueraded(context)};
}

std::optional<std::string> pool_of(const Spec& spec) {
  if (spec.net.mode == NetMode::kNone) return std::nullopt;
  return spec.net.address.empty() ? spec.net.pool.value_or("default") : spec.net.pool;
}

Answer show_network(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  Json body = network_json(record, masqueraded(context));
  const std::string off = context.firewall.off();
  body["unfiltered"] = off.empty() ? Json() : Json(off);
  body["dropped"] = drops_json(context, record);
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

Answer list_networks(Context& context, const Call& call) {
  Json items = Json::array();
  const std::vector<netns::Prefix> natted = masqueraded(context);
  for (const ContainerRecord& record : context.registry.containers(filter_of(context, call)))
    items.push_back(network_json(record, natted));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
