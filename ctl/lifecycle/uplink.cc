#include "ctl/lifecycle/uplink.h"

#include "ctl/lifecycle/host_settings.h"

namespace croft::ctl {
namespace {

constexpr const char* kSettings = "net";  // of Registry::keep
constexpr const char* kUplink = "uplink";

std::optional<std::uint64_t> rate_in(const Json& json, const char* way) {
  const auto found = json.find(way);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->get<std::uint64_t>();
}

}  // namespace

std::optional<Uplink> stated_uplink(const Registry& registry) {
  const auto text = registry.kept(kSettings, kUplink);
  if (!text) return std::nullopt;
  const Json json = Json::parse(*text);
  return Uplink{json.at("device"), rate_in(json, "in"), rate_in(json, "out")};
}

void keep_uplink(Registry& registry, const std::optional<Uplink>& uplink) {
  if (uplink)
    registry.keep(kSettings, kUplink, uplink_json(*uplink).dump());
  else
    registry.forget(kSettings, kUplink);
}

Json uplink_json(const Uplink& uplink) {
  return {{"device", uplink.device},
          {"in", uplink.in ? Json(*uplink.in) : Json()},
          {"out", uplink.out ? Json(*uplink.out) : Json()}};
}

cgroups::Capacities stated_capacities(const Registry& registry) {
  cgroups::Capacities all = capacities_of(host_reading(), host_settings(registry));
  if (const auto uplink = stated_uplink(registry)) {
    all[static_cast<std::size_t>(cgroups::Resource::kNetIn)].total = uplink->in;
    all[static_cast<std::size_t>(cgroups::Resource::kNetOut)].total = uplink->out;
  }
  return all;
}

}  // namespace croft::ctl
