// pool.*: what containers take their addresses from.
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/names.h"
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
                        {"nat", prefix.nat},
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

bool truth_member(const Call& call, const char* name) {
  if (!call.body[name].is_boolean()) throw runtime::wrong_field(name, "must be true or false");
  return call.body[name];
}

std::vector<runtime::Description> changes_of(const PoolRecord& before, const std::string& prefix, bool nat) {
  std::vector<runtime::Description> changes;
  for (const PoolPrefix& one : before.prefixes)
    if (one.nat != nat && (prefix.empty() || prefix == one.prefix))
      changes.push_back({"set", "nat of " + one.prefix, nat ? "yes" : "no"});
  return changes;
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

}  // namespace

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
  check_members(call.body, {"name", "prefix", "nat"});
  const std::string given = text_member(call, "prefix", "");
  if (given.empty()) throw runtime::wrong_field("prefix", "is missing, or is not a text");
  const std::string name = text_member(call, "name", "default");
  check_pool_name(name);
  const std::string prefix = checked_prefix(context, given);
  const bool nat = call.body.contains("nat") && truth_member(call, "nat");
  if (nat && !call.dry_run) context.firewall.need_translation();
  const PoolRecord pool = context.registry.add_pool(name, prefix, nat, event_of(call, "pool.added"));
  if (call.dry_run) return planned({{"record", "prefix " + prefix, "pool " + name + (nat ? ", nat" : "")}});
  if (nat) context.firewall.follow_pools();
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

Answer set_pool(Context& context, const Call& call) {
  check_members(call.body, {"nat", "prefix"});
  const std::string& name = call.path.at("name");
  const std::string prefix = text_member(call, "prefix", "");
  if (!call.body.contains("nat")) throw runtime::wrong_field("nat", "is missing");
  const bool nat = truth_member(call, "nat");
  if (nat && !call.dry_run) context.firewall.need_translation();
  const PoolRecord before = context.registry.set_pool(name, prefix, nat, event_of(call, "pool.changed"));
  if (call.dry_run) return planned(changes_of(before, prefix, nat));
  context.firewall.follow_pools();
  return {.status = 200, .body = pool_json(pool_called(context, name)), .etag = "", .location = ""};
}

Answer remove_pool(Context& context, const Call& call) {
  const std::string& name = call.path.at("name");
  const auto prefix = call.query.find("prefix");
  const std::string which = prefix == call.query.end() ? "" : prefix->second;
  context.registry.remove_pool(name, which, event_of(call, "pool.removed"));
  if (call.dry_run) return planned({{"forget", "pool " + name, which}});
  context.firewall.follow_pools();
  return {.status = 200, .body = {{"name", name}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
