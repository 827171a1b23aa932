#include "ctl/lifecycle/traffic_account.h"

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using netns::ClassTraffic;
using netns::Count;

void add_difference(Count& sum, const Count& now, const Count& seen) {
  sum.packets += now.packets - seen.packets;
  sum.bytes += now.bytes - seen.bytes;
}

bool is_zero(const ClassTraffic& one) {
  return (one.in.packets | one.in.bytes | one.out.packets | one.out.bytes) == 0;
}

Json count_json(const Count& count) {
  return {{"packets", count.packets}, {"bytes", count.bytes}};
}

Count count_in(const Json& json) {
  return {json.at("packets").get<std::uint64_t>(), json.at("bytes").get<std::uint64_t>()};
}

netns::Traffic traffic_in(const Json& json) {
  netns::Traffic traffic{};
  for (const Json& one : json)
    traffic.at(one.at("class").get<std::size_t>()) = {count_in(one.at("in")), count_in(one.at("out"))};
  return traffic;
}

}  // namespace

void absorb(TrafficAccount& account, const std::vector<netns::LinkTraffic>& runs) {
  std::map<std::uint64_t, netns::Traffic> seen;
  for (const netns::LinkTraffic& run : runs) {
    const netns::Traffic& before = account.seen[run.run];
    for (unsigned i = 0; i < netns::kClasses; ++i) {
      add_difference(account.total[i].in, run.traffic[i].in, before[i].in);
      add_difference(account.total[i].out, run.traffic[i].out, before[i].out);
    }
    seen[run.run] = run.traffic;
  }
  account.seen = std::move(seen);
}

Json traffic_json(const netns::Traffic& traffic, const std::set<std::uint8_t>& also) {
  Json list = Json::array();
  for (unsigned i = 0; i < netns::kClasses; ++i)
    if (!is_zero(traffic[i]) || also.contains(static_cast<std::uint8_t>(i)))
      list.push_back({{"class", i}, {"in", count_json(traffic[i].in)}, {"out", count_json(traffic[i].out)}});
  return list;
}

std::string to_text(const TrafficAccount& account) {
  Json seen = Json::object();
  for (const auto& [run, traffic] : account.seen) seen[std::to_string(run)] = traffic_json(traffic);
  return Json{{"total", traffic_json(account.total)}, {"seen", std::move(seen)}}.dump();
}

TrafficAccount parse_account(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    TrafficAccount account{traffic_in(json.at("total")), {}};
    for (const auto& [run, traffic] : json.at("seen").items())
      account.seen[std::stoull(run)] = traffic_in(traffic);
    return account;
  } catch (const std::exception& error) {
    throw runtime::Error(
        runtime::ErrorKind::kSystem,
        "the registry's account of a container's traffic is damaged: " + std::string(error.what()));
  }
}

}  // namespace croft::ctl
