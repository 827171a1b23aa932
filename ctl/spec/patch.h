// Changing a specification in its JSON form: merge patches (RFC 7396) and the assignments of `croft set`. The
// result is not validated: parse_spec does that, so that one request reports all its errors together.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/spec/json.h"
#include "ctl/spec/keys.h"

namespace croft::ctl {

// RFC 7396: objects merge, null removes, everything else replaces.
Json merge_patch(Json target, const Json& patch);

// "memory.limit" -> "512M". An empty text unsets the key; for lists, a key that ends in `+` or `-` (which is
// what stays of "net.address+=10.0.0.9" when it is cut at its first `=`) adds or removes elements; "memory"
// -> "512M:1G:2G" is shorthand (shorthand.h), read before the keys of the resource. Throws Error with one
// FieldError for every unknown key and unreadable text.
Json apply_assignments(Json spec, const std::map<std::string, std::string>& assignments);

// One key whose value differs between two specifications in canonical JSON.
struct Difference {
  std::string key;  // dotted, with the entry for maps: "env.LANG"
  Json before;      // null when unset
  Json after;
  When when;
  bool operator==(const Difference&) const = default;
};
std::vector<Difference> differences(const Json& before, const Json& after);

}  // namespace croft::ctl
