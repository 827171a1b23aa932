// net.list and net.show
#include <algorithm>

#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/verbs.h"
#include "netns/link.h"
#include "netns/pool.h"

namespace croft::ctl {
namespace {

Json drops_json(const Context& context, const ContainerRecord& record) {
  Json json = Json::object();
  for (const netns::Drop drop : netns::kDrops) json[netns::to_text(drop)] = {{"packets", 0}, {"bytes", 0}};
  const std::string link = netns::host_link_name(record.uuid);
  for (const netns::Dropped& one : context.firewall.dropped())
    if (one.link == link) {
      Json& sum = json[netns::to_text(one.drop)];
      sum["packets"] = sum["packets"].get<std::uint64_t>() + one.packets;
      sum["bytes"] = sum["bytes"].get<std::uint64_t>() + one.bytes;
    }
  return json;
}

// Those of its addresses that nobody sees elsewhere.
Json nat_addresses(const ContainerRecord& record, const std::vector<netns::Prefix>& natted) {
  Json list = Json::array();
  if (!traits_of(record.spec.parsed().net.mode).routed) return list;
  for (const std::string& text : record.addresses) {
    const netns::Address address = netns::parse_address(text);
    if (std::any_of(natted.begin(), natted.end(), [&](const auto& p) { return netns::contains(p, address); }))
      list.push_back(text);
  }
  return list;
}

Json forwards_json(const Spec& spec) {
  Json list = Json::array();
  for (const netns::Forward& forward : spec.net.forward) list.push_back(netns::to_text(forward));
  return list;
}

Json firewall_json(const netns::PacketFilter& filter) {
  Json rules = Json::array();
  for (const netns::PacketRule& rule : filter.rules) rules.push_back(netns::to_text(rule));
  return {{"in", to_text(filter.in)}, {"out", to_text(filter.out)}, {"rules", std::move(rules)}};
}

Json network_json(const ContainerRecord& record, const std::vector<netns::Prefix>& natted) {
  const Spec& spec = record.spec.parsed();
  const bool linked = traits_of(spec.net.mode).link;
  const auto mac = mac_of(record, spec);
  const auto pool = pool_of(spec);
  return {{"uuid", record.uuid},
          {"name", record.name},
          {"tenant", record.tenant},
          {"state", to_text(record.state)},
          {"mode", to_text(spec.net.mode)},
          {"interface", linked ? Json(netns::host_link_name(record.uuid)) : Json()},
          {"parent", spec.net.parent ? Json(*spec.net.parent) : Json()},
          {"vlan", spec.net.vlan ? Json(*spec.net.vlan) : Json()},
          {"mac", mac ? Json(netns::to_text(*mac)) : Json()},
          {"addresses", traits_of(spec.net.mode).lan ? spec.net.address : record.addresses},
          {"gateways", spec.net.gateway},
          {"pool", pool ? Json(*pool) : Json()},
          {"isolation", to_text(spec.net.isolation)},
          {"nat", nat_addresses(record, natted)},
          {"forwards", forwards_json(spec)},
          {"mtu", spec.net.mtu}};
}

Json rate_json(const cgroups::Words& words) {
  const auto sustained = words.sustained();
  return {{"guarantee", words.guarantee},
          {"barrier", sustained ? Json(*sustained) : Json()},
          {"limit", words.limit ? Json(*words.limit) : Json()},
          {"share", words.share}};
}

// Those in force: of a run, also what was set for it alone.
Json rates_json(const Context& context, const ContainerRecord& record) {
  const std::optional<Holding> holding = context.control.holding(record.uuid);
  const cgroups::Resources resources = holding ? holding->resources : record.spec.parsed().resources;
  return {{"in", rate_json(resources[cgroups::Resource::kNetIn])},
          {"out", rate_json(resources[cgroups::Resource::kNetOut])}};
}

}  // namespace

std::optional<std::string> pool_of(const Spec& spec) {
  if (!traits_of(spec.net.mode).routed) return std::nullopt;
  return spec.net.address.empty() ? spec.net.pool.value_or("default") : spec.net.pool;
}

Answer show_network(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  Json body = network_json(record, masqueraded_prefixes(context));
  const std::string off = context.firewall.off();
  body["unfiltered"] = off.empty() ? Json() : Json(off);
  body["firewall"] = firewall_json(record.spec.parsed().net.firewall);
  body["dropped"] = drops_json(context, record);
  const std::string unshaped = context.shaping.off();
  body["unshaped"] = unshaped.empty() ? Json() : Json(unshaped);
  body["rates"] = rates_json(context, record);
  const std::string uncounted = context.traffic.off();
  body["uncounted"] = uncounted.empty() ? Json() : Json(uncounted);
  body["traffic"] = traffic_json(context.traffic.total(record.uuid).value_or(netns::Traffic{}),
                                 context.traffic.class_numbers());
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

Answer list_networks(Context& context, const Call& call) {
  Json items = Json::array();
  const std::vector<netns::Prefix> natted = masqueraded_prefixes(context);
  for (const ContainerRecord& record : context.registry.containers(filter_of(context, call)))
    items.push_back(network_json(record, natted));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
