// KEY=VALUE operands of create, launch, run and set, and specifications as lists of dotted keys.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ctl/client/client.h"

namespace croft::ctl {

// "memory.limit=512M" -> {"memory.limit", "512M"}; "net.address+=10.0.0.9" -> {"net.address+", "10.0.0.9"},
// where repeated ones are joined with commas. Throws Error kInvalid for operands without `=`, and for a key
// given twice.
std::map<std::string, std::string> parse_assignments(const std::vector<std::string>& operands);

// True of "KEY=VALUE", false of a name.
bool is_assignment(const std::string& operand);

// The JSON specification that the assignments mean. Throws Error with one field for every wrong one.
Json spec_of(const std::vector<std::string>& operands);

// A value of a specification as `croft set` would be given it; empty when it is null.
std::string setting_text(const std::string& key, const Json& value);

// A nested specification as dotted keys and values for people, in the order of the keys.
std::vector<std::pair<std::string, std::string>> flat_spec(const Json& spec);

}  // namespace croft::ctl
