#include "ctl/cli/settings.h"

#include "ctl/cli/figures.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/patch.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

bool is_list_change(const std::string& key) {
  return key.ends_with('+') || key.ends_with('-');
}

}  // namespace

bool is_assignment(const std::string& operand) {
  return operand.find('=') != std::string::npos;
}

std::map<std::string, std::string> parse_assignments(const std::vector<std::string>& operands) {
  std::map<std::string, std::string> result;
  for (const std::string& operand : operands) {
    const std::size_t equals = operand.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::kInvalid, "`" + operand + "` is no setting")
          .cure("write KEY=VALUE, or KEY= to unset");
    }
    const std::string key = operand.substr(0, equals);
    const std::string value = operand.substr(equals + 1);
    const auto [place, added] = result.emplace(key, value);
    if (added) continue;
    if (!is_list_change(key)) throw Error(ErrorKind::kInvalid, "`" + key + "` is given twice");
    place->second += "," + value;
  }
  return result;
}

Json spec_of(const std::vector<std::string>& operands) {
  return apply_assignments(Json::object(), parse_assignments(operands));
}

std::string setting_text(const std::string& key, const Json& value) {
  if (value.is_null()) return {};
  const Key* row = find_key(is_nic_key(key) ? split_nic_key(key).key : key);
  return row == nullptr ? plain(value) : row->to_text(value);
}

std::vector<std::pair<std::string, std::string>> flat_spec(const Json& spec) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Difference& found : differences(Json::object(), spec)) {
    const std::string text = setting_text(found.key, found.after);
    result.emplace_back(found.key, text.empty() ? "-" : text);
  }
  return result;
}

}  // namespace croft::ctl
