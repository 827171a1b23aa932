// What the operator says of the host's way to the world: the interface, and how much of it containers may use
// together, each way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgroups/admission.h"
#include "ctl/lifecycle/registry/registry.h"
#include "ctl/spec/json.h"

namespace croft::ctl {

struct Uplink {
  std::string device;
  std::optional<std::uint64_t> in, out;  // bytes a second; empty: nothing of it can be guaranteed
  bool operator==(const Uplink&) const = default;
};

std::optional<Uplink> stated_uplink(const Registry& registry);
void keep_uplink(Registry& registry, const std::optional<Uplink>& uplink);
Json uplink_json(const Uplink& uplink);

// The host as admission sees it: what it has, what its operator says of it.
cgroups::Capacities stated_capacities(const Registry& registry);

}  // namespace croft::ctl
