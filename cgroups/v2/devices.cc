#include "cgroups/changes.h"
#include "cgroups/v2/drivers.h"

namespace croft::cgroups::v2 {
namespace {

void plan(const std::string& directory, const DeviceRules& rules,
          const std::shared_ptr<DevicePrograms>& programs, runtime::Changes& changes) {
  runtime::add(changes, AttachDevices{directory, rules, programs});
}

}  // namespace

constinit const DevicesDriver kDevices{plan};

}  // namespace croft::cgroups::v2
