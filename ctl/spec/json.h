// The one JSON type of ctl/, and how text from outside becomes one.
#pragma once

#include <string_view>

#include "ctl/json/instantiated.h"

namespace croft::ctl {

// Nesting that parse_json takes. Copying, comparing and writing a Json recurse, so that text from outside
// must not decide how deep.
inline constexpr int kMaxJsonDepth = 32;

// Throws Error kInvalid that says where the text is wrong. UTF-8 is checked.
Json parse_json(std::string_view text);

}  // namespace croft::ctl
