// The one JSON type of ctl/, and how text from outside becomes one.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace croft::ctl {

using Json = nlohmann::json;

// Nesting that parse_json takes. Copying, comparing and writing a Json recurse, so that text from outside
// must not decide how deep.
inline constexpr int kMaxJsonDepth = 32;

// Throws Error kInvalid that says where the text is wrong. UTF-8 is checked.
Json parse_json(std::string_view text);

}  // namespace croft::ctl
