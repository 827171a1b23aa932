// What the operator says of this host's resources: how much it keeps for itself, and what its disks can do.
//   reserve.cpu reserve.memory reserve.swap   not promised to containers; unset: pools.h's host_capacities
//   capacity.io capacity.iops                 of the disk under the containers' files; unset: nothing of it
//   can be
//                                             guaranteed
//   net.host                                  what containers reach of the host itself; unset: the usual
#pragma once

#include <map>
#include <string>

#include "cgroups/admission.h"
#include "cgroups/reading.h"
#include "ctl/lifecycle/registry/registry.h"
#include "ctl/spec/json.h"
#include "netns/host_access.h"

namespace croft::ctl {

// `settings` ({"reserve.memory": 1073741824, ...}) with "KEY": "VALUE" assignments applied; "" unsets. Throws
// Error with every wrong field.
Json apply_host_settings(const Json& settings, const std::map<std::string, std::string>& assignments,
                         const cgroups::HostReading& host);

// As the registry keeps them.
Json host_settings(const Registry& registry);
// What they say of net.host.
netns::HostAccess host_access(const Json& settings);
// What the host has, now.
cgroups::HostReading host_reading();
// The host as admission sees it.
cgroups::Capacities capacities_of(const cgroups::HostReading& host, const Json& settings);

}  // namespace croft::ctl
