#include "ctl/cli/commands/tenant_operands.h"

#include "ctl/cli/settings.h"
#include "ctl/spec/tenant.h"

namespace croft::ctl {

Json labels_of(const Invocation& call) {
  Json labels = Json::object();
  for (const std::string& operand : call.arguments.operands) {
    const std::size_t equals = operand.find('=');
    if (equals == std::string::npos) continue;
    std::string key = operand.substr(0, equals);
    if (is_resource_setting(key)) continue;
    const std::string value = operand.substr(equals + 1);
    if (key.starts_with("label.")) key.erase(0, 6);
    labels[key] = value.empty() ? Json() : Json(value);
  }
  return labels;
}

std::map<std::string, std::string> resource_settings_of(const Invocation& call) {
  std::vector<std::string> settings;
  for (const std::string& operand : call.arguments.operands)
    if (is_assignment(operand) && is_resource_setting(operand.substr(0, operand.find('='))))
      settings.push_back(operand);
  static_cast<void>(spec_of(settings));
  return parse_assignments(settings);
}

std::vector<std::string> names_of(const Invocation& call) {
  std::vector<std::string> names;
  for (const std::string& operand : call.arguments.operands)
    if (!is_assignment(operand)) names.push_back(operand);
  if (names.empty()) throw runtime::Error(runtime::ErrorKind::kInvalid, "the name of a tenant is needed");
  return names;
}

}  // namespace croft::ctl
