// pool.*, net.list and net.show
#include <map>

#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
#include "netns/link.h"
#include "netns/occupied.h"
#include "netns/pool.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json pool_json(const PoolRecord& pool) {
  Json prefixes = Json::array();
  std::uint64_t capacity = 0;
  std::uint64_t leased = 0;
  for (const PoolPrefix& prefix : pool.prefixes) {
    prefixes.push_back({{"prefix", prefix.prefix},
                        {"capacity", prefix.capacity},
                        {"leased", prefix.leased},
                        {"embedded", prefix.embedded},
                        {"created", prefix.created}});
    capacity += prefix.capacity;
    leased += prefix.leased;
  }
  return {{"name", pool.name}, {"prefixes", std::move(prefixes)}, {"capacity", capacity}, {"leased", leased}};
}

PoolRecord pool_called(const Context& context, const std::string& name) {
  auto found = context.registry.find_pool(name);
  if (!found)
    throw Error(ErrorKind::kNotFound, "there is no pool `" + shown(name) + "`")
        .cure("`croft net pool list` shows which there are");
  return *std::move(found);
}

std::string text_member(const Call& call, const char* name, const std::string& fallback) {
  if (!call.body.contains(name) || call.body[name].is_null()) return fallback;
  if (!call.body[name].is_string()) throw runtime::wrong_field(name, "must be a text");
  return call.body[name];
}

// As the registry keeps it. Throws for what no container could be given, and for what the host uses itself.
std::string checked_prefix(const Context& context, const std::string& text) {
  netns::Prefix prefix;
  try {
    prefix = netns::parse_prefix(text);
    netns::check_pool(prefix);
  } catch (const Error& error) {
    throw runtime::wrong_field("prefix", error.what());
  }
  if (prefix.base.family == netns::Family::kV6 && !context.host.ipv6)
    throw Error(ErrorKind::kUnsupported,
                "cannot add `" + netns::to_text(prefix) + "`: this host has no IPv6");
  if (const auto used = netns::occupied(prefix); !used.empty())
    throw Error(ErrorKind::kConflict,
                "cannot add `" + netns::to_text(prefix) + "`: it overlaps " + used.front().what)
        .cure("choose a prefix that is routed to this host and that it does not use itself");
  return netns::to_text(prefix);
}

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

Json network_json(const ContainerRecord& record) {
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
          {"isolation", to_text(spec.net.isolation)}};
}

}  // namespace

std::optional<netns::Guard> guard_of(const Context& context, const ContainerRecord& record) {
  const auto tenant = context.registry.find_tenant(record.tenant);
  return guard_in(context, record, tenant ? tenant->number : 0);
}

std::vector<netns::Guard> all_guards(const Context& context) {
  std::map<std::string, std::uint32_t> numbers;
  for (const TenantRecord& tenant : context.registry.tenants()) numbers[tenant.name] = tenant.number;
  std::vector<netns::Guard> guards;
  for (const ContainerRecord& record : context.registry.containers())
    if (auto guard = guard_in(context, record, numbers[record.tenant])) guards.push_back(*std::move(guard));
  return guards;
}

std::optional<std::string> pool_of(const Spec& spec) {
  if (spec.net.mode == NetMode::kNone) return std::nullopt;
  return spec.net.address.empty() ? spec.net.pool.value_or("default") : spec.net.pool;
}

void embed_pool(Context& context) {
  std::vector<std::string> prefixes{netns::to_text(context.host.pool4)};
  if (context.host.ipv6) prefixes.push_back(netns::to_text(context.host.pool6));
  try {
    context.registry.embed_pool(prefixes);
  } catch (Error& error) {
    throw error.wrap("cannot use the addresses of --net4 and --net6");
  }
}

Answer list_pools(Context& context, const Call&) {
  Json items = Json::array();
  for (const PoolRecord& pool : context.registry.pools()) items.push_back(pool_json(pool));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer add_pool(Context& context, const Call& call) {
  check_members(call.body, {"name", "prefix"});
  const std::string given = text_member(call, "prefix", "");
  if (given.empty()) throw runtime::wrong_field("prefix", "is missing, or is not a text");
  const std::string name = text_member(call, "name", "default");
  check_pool_name(name);
  const std::string prefix = checked_prefix(context, given);
  const PoolRecord pool = context.registry.add_pool(name, prefix, event_of(call, "pool.added"));
  if (call.dry_run) return planned({{"record", "prefix " + prefix, "pool " + name}});
  return {.status = 201, .body = pool_json(pool), .etag = "", .location = "/v1/net/pools/" + name};
}

Answer show_pool(Context& context, const Call& call) {
  const PoolRecord pool = pool_called(context, call.path.at("name"));
  Json body = pool_json(pool);
  body["leases"] = Json::array();
  for (const LeaseRecord& lease : context.registry.leases())
    if (lease.pool == pool.name)
      body["leases"].push_back(
          {{"address", lease.address}, {"container", lease.object}, {"uuid", lease.uuid}});
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

Answer remove_pool(Context& context, const Call& call) {
  const std::string& name = call.path.at("name");
  const auto prefix = call.query.find("prefix");
  const std::string which = prefix == call.query.end() ? "" : prefix->second;
  context.registry.remove_pool(name, which, event_of(call, "pool.removed"));
  if (call.dry_run) return planned({{"forget", "pool " + name, which}});
  return {.status = 200, .body = {{"name", name}}, .etag = "", .location = ""};
}

Answer show_network(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  Json body = network_json(record);
  const std::string off = context.firewall.off();
  body["unfiltered"] = off.empty() ? Json() : Json(off);
  body["dropped"] = drops_json(context, record);
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

Answer list_networks(Context& context, const Call& call) {
  Json items = Json::array();
  for (const ContainerRecord& record : context.registry.containers(filter_of(context, call)))
    items.push_back(network_json(record));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
