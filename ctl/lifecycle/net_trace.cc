// net.trace
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/verbs.h"
#include "netns/forwarding.h"
#include "netns/lan.h"
#include "netns/occupied.h"
#include "netns/trace.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using netns::Address;
using netns::Destination;
using netns::Trace;

// Connecting a datagram socket asks for the route and sends nothing.
bool has_route(const Address& address) {
  const bool four = address.family == netns::Family::kV4;
  const runtime::Fd socket(::socket(four ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  sockaddr_storage place{};
  if (four) {
    auto& in = reinterpret_cast<sockaddr_in&>(place);
    in = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {}, .sin_zero = {}};
    std::memcpy(&in.sin_addr, address.bytes.data(), sizeof in.sin_addr);
  } else {
    auto& in = reinterpret_cast<sockaddr_in6&>(place);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(9);
    std::memcpy(&in.sin6_addr, address.bytes.data(), sizeof in.sin6_addr);
  }
  return connect(socket.get(), reinterpret_cast<sockaddr*>(&place), sizeof place) == 0;
}

// Containers by what their links are named after.
std::map<std::string, std::string> names_of_links(const Context& context) {
  std::map<std::string, std::string> names;
  for (const ContainerRecord& record : context.registry.containers())
    for (const std::string& id : link_ids(record, record.spec.parsed()))
      names[id] = "`" + record.object() + "`";
  return names;
}

bool is_up(const std::string& id) {
  return if_nametoindex(netns::host_link_name(id).c_str()) != 0;
}

bool is_near(const Interface& one, const Address& to) {
  if (!traits_of(one.net->mode).lan) return false;
  return std::any_of(one.net->address.begin(), one.net->address.end(), [&](const std::string& text) {
    return netns::contains(netns::network_of(netns::parse_lan_address(text)), to);
  });
}

bool leads_out(const Host& host, const Interface& one, const Address& to) {
  if (!one.ways.is_main(to.family)) return false;
  if (traits_of(one.net->mode).lan)
    return std::any_of(one.net->gateway.begin(), one.net->gateway.end(), [&](const std::string& text) {
      return netns::parse_address(text).family == to.family;
    });
  const std::vector<Address> own = addresses_of(host, one);
  return std::any_of(own.begin(), own.end(), [&](const Address& a) { return a.family == to.family; });
}

// As its own routes say: straight into a network, or the way to everything.
const Interface* way_to(const Host& host, const std::vector<Interface>& all, const Address& to) {
  for (const Interface& one : all)
    if (is_near(one, to)) return &one;
  for (const Interface& one : all)
    if (leads_out(host, one, to)) return &one;
  return nullptr;
}

std::optional<Address> source_of(const Host& host, const Interface& one, const Address& to) {
  for (const Address& address : addresses_of(host, one))
    if (address.family == to.family) return address;
  return std::nullopt;
}

Trace ended(bool passes, std::string why) {
  Trace trace;
  trace.steps.push_back({"route", passes, std::move(why)});
  return trace;
}

Trace traced(const Context& context, const ContainerRecord& record, const Interface* way,
             const std::optional<Address>& source, const Destination& to) {
  if (way == nullptr) return ended(false, "the container has no way to addresses of that family");
  if (const std::string off = context.firewall.off(); !off.empty())
    return ended(true, "nothing is kept apart: " + off);
  if (!traits_of(way->net->mode).link)
    return ended(true, "leaves over " + way->name + ", of which the host sees nothing");
  if (!source) return ended(false, way->name + " has no stated address of that family");
  if (!is_up(way->id)) return ended(false, "`" + record.object() + "` does not run");
  const netns::Filter filter = whole_filter(context);
  const auto names = names_of_links(context);
  const netns::ForwardingState forwarding = netns::forwarding_state();
  const netns::TraceHost host{.is_own = netns::is_host_address,
                              .has_route = has_route,
                              .name_of = [&](const std::string& id) { return names.at(id); },
                              .is_up = is_up,
                              .forwards4 = forwarding.v4,
                              .forwards6 = forwarding.v6};
  for (const netns::Guard& guard : filter.guards)
    if (guard.uuid == way->id) return netns::trace(filter, host, guard, *source, to);
  return ended(true, "no rule of the host is about it");
}

Json trace_json(const Trace& trace) {
  Json steps = Json::array();
  for (const netns::TraceStep& step : trace.steps)
    steps.push_back({{"at", step.at}, {"passes", step.passes}, {"why", step.why}});
  return steps;
}

}  // namespace

Answer trace_network(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  const auto asked = call.query.find("to");
  if (asked == call.query.end()) throw runtime::wrong_field("to", "is missing: where to?");
  Destination to;
  try {
    to = netns::parse_destination(asked->second);
  } catch (const runtime::Error& error) {
    throw runtime::wrong_field("to", error.what());
  }
  const std::vector<Interface> all = interfaces_of(context.host, record, record.spec.parsed());
  const Interface* way = way_to(context.host, all, to.address);
  const std::optional<Address> source =
      way == nullptr ? std::nullopt : source_of(context.host, *way, to.address);
  const Trace trace = traced(context, record, way, source, to);
  return {.status = 200,
          .body = {{"from", record.object()},
                   {"interface", way == nullptr ? Json() : Json(way->name)},
                   {"source", source ? Json(to_text(*source)) : Json()},
                   {"to", to_text(to)},
                   {"reaches", trace.reaches()},
                   {"decided_by", trace.reaches() ? "" : trace.steps.back().at},
                   {"steps", trace_json(trace)}},
          .etag = "",
          .location = ""};
}

}  // namespace croft::ctl
