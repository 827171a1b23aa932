// net.list and net.show
#include <algorithm>
#include <set>

#include "ctl/lifecycle/host_settings.h"
#include "ctl/lifecycle/in_force.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/interfaces.h"
#include "netns/link.h"
#include "netns/pool.h"

namespace croft::ctl {
namespace {

// Over all its links, of each reason.
Json drops_json(const Context& context, const std::vector<Interface>& interfaces) {
  Json json = Json::object();
  for (const netns::Drop drop : netns::kDrops) json[netns::to_text(drop)] = {{"packets", 0}, {"bytes", 0}};
  std::set<std::string> links;
  for (const Interface& one : interfaces) links.insert(netns::host_link_name(one.id));
  for (const netns::Dropped& one : context.firewall.dropped())
    if (links.contains(one.link)) {
      Json& sum = json[netns::to_text(one.drop)];
      sum["packets"] = sum["packets"].get<std::uint64_t>() + one.packets;
      sum["bytes"] = sum["bytes"].get<std::uint64_t>() + one.bytes;
    }
  return json;
}

// Those of its addresses that nobody sees elsewhere.
Json nat_addresses(const Interface& interface, const std::vector<netns::Prefix>& natted) {
  Json list = Json::array();
  if (!traits_of(interface.net->mode).routed) return list;
  for (const std::string& text : interface.leased) {
    const netns::Address address = netns::parse_address(text);
    if (std::any_of(natted.begin(), natted.end(), [&](const auto& p) { return netns::contains(p, address); }))
      list.push_back(text);
  }
  return list;
}

Json forwards_json(const Spec::Net& net) {
  Json list = Json::array();
  for (const netns::Forward& forward : net.forward) list.push_back(netns::to_text(forward));
  return list;
}

Json firewall_json(const netns::PacketFilter& filter) {
  Json rules = Json::array();
  for (const netns::PacketRule& rule : filter.rules) rules.push_back(netns::to_text(rule));
  return {{"in", to_text(filter.in)}, {"out", to_text(filter.out)}, {"rules", std::move(rules)}};
}

Json interface_json(const Interface& interface, const std::vector<netns::Prefix>& natted) {
  const Spec::Net& net = *interface.net;
  const NetTraits traits = traits_of(net.mode);
  const auto mac = mac_of(interface);
  const auto pool = pool_of(net);
  return {{"mode", to_text(net.mode)},
          {"interface", traits.link ? Json(netns::host_link_name(interface.id)) : Json()},
          {"parent", net.parent ? Json(*net.parent) : Json()},
          {"vlan", net.vlan ? Json(*net.vlan) : Json()},
          {"mac", mac ? Json(netns::to_text(*mac)) : Json()},
          {"addresses", traits.lan ? net.address : interface.leased},
          {"gateways", net.gateway},
          {"pool", pool ? Json(*pool) : Json()},
          {"isolation", to_text(net.isolation)},
          {"nat", nat_addresses(interface, natted)},
          {"forwards", forwards_json(net)},
          {"mtu", net.mtu},
          {"queues", net.queues},
          {"proxy", net.proxy ? Json(*net.proxy) : Json()},
          {"connections", net.connections ? Json(*net.connections) : Json()}};
}

// Of the first interface at the top, as of all others below.
Json network_json(const ContainerRecord& record, const std::vector<Interface>& interfaces,
                  const std::vector<netns::Prefix>& natted) {
  Json json = interface_json(interfaces.front(), natted);
  json.update({{"uuid", record.uuid},
               {"name", record.name},
               {"tenant", record.tenant},
               {"state", to_text(record.state)}});
  Json others = Json::array();
  for (auto one = interfaces.begin() + 1; one != interfaces.end(); ++one) {
    Json other = interface_json(*one, natted);
    other["name"] = one->name;
    other["firewall"] = firewall_json(one->net->firewall);
    others.push_back(std::move(other));
  }
  json["further"] = std::move(others);
  return json;
}

Json rate_json(const cgroups::Words& words, const ClassLimits& classes) {
  const auto sustained = words.sustained();
  return {{"guarantee", words.guarantee},
          {"barrier", sustained ? Json(*sustained) : Json()},
          {"limit", words.limit ? Json(*words.limit) : Json()},
          {"share", words.share},
          {"classes", classes}};
}

// Those in force: of a run, also what was set for it alone.
Json rates_json(const Context& context, const ContainerRecord& record) {
  const std::optional<Holding> holding = context.control.holding(record.uuid);
  const KeptSpec kept = spec_in_force(context, record);
  const Spec& spec = kept.parsed();
  const cgroups::Resources& resources = holding ? holding->resources : spec.resources;
  return {{"in", rate_json(resources[cgroups::Resource::kNetIn], spec.class_in)},
          {"out", rate_json(resources[cgroups::Resource::kNetOut], spec.class_out)}};
}

}  // namespace

Answer show_network(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  const std::vector<Interface> interfaces = interfaces_of(context.host, record, record.spec.parsed());
  Json body = network_json(record, interfaces, masqueraded_prefixes(context));
  body["host"] = netns::to_text(host_access(host_settings(context.registry)));
  const std::string off = context.firewall.off();
  body["unfiltered"] = off.empty() ? Json() : Json(off);
  body["firewall"] = firewall_json(record.spec.parsed().net.firewall);
  body["dropped"] = drops_json(context, interfaces);
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
    items.push_back(network_json(record, interfaces_of(context.host, record, record.spec.parsed()), natted));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
