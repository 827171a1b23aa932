// Dotted keys in nested JSON: find, put, erase. Used for the fixed part of a key, never for entry names of
// maps, which may contain dots themselves.
#pragma once

#include <string_view>

#include "ctl/spec/json.h"

namespace croft::ctl::tree {

// nullptr when it, or a group above it, is not there.
const Json* find(const Json& root, std::string_view dotted);
// Makes the groups above where they are missing or no objects; the new place holds null.
Json& place(Json& root, std::string_view dotted);
// Also removes groups that become empty.
void erase(Json& root, std::string_view dotted);

}  // namespace croft::ctl::tree
