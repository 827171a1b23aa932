#include "cgroups/changes.h"
#include "cgroups/v1/drivers.h"

namespace croft::cgroups::v1 {
namespace {

// A rule for all types is two here: "a" in devices.allow would allow everything, whatever follows it.
std::vector<DeviceRule> by_type(const DeviceRule& rule) {
  if (rule.type != DeviceRule::Type::kAll) return {rule};
  DeviceRule block = rule;
  DeviceRule character = rule;
  block.type = DeviceRule::Type::kBlock;
  character.type = DeviceRule::Type::kChar;
  return {block, character};
}

void plan(const std::string& directory, const DeviceRules& rules, const std::shared_ptr<DevicePrograms>&,
          runtime::Changes& changes) {
  runtime::add(changes, WriteValue{directory, {"devices.deny", "a"}});
  for (const DeviceRule& rule : rules)
    for (const DeviceRule& part : by_type(rule))
      runtime::add(changes, WriteValue{directory, {"devices.allow", to_text(part)}});
}

}  // namespace

constinit const DevicesDriver kDevices{plan};

}  // namespace croft::cgroups::v1
