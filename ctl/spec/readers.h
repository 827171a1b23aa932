// What codecs do with the JSON that they are given: take a text or a number out of it, and refuse the rest
// with words that do not repeat the key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ctl/spec/json.h"

namespace croft::ctl::codecs {

// Throw Error kInvalid.
[[noreturn]] void refuse(const std::string& why);
// "`TEXT` why"
[[noreturn]] void refuse_text(std::string_view text, std::string_view why);

// Clean text of at most `most` bytes; with `lines` it may have several.
const std::string& text_of(const Json& json, std::size_t most, bool lines = false);
// An integer that is not negative; `wanted` says what else would have done.
std::uint64_t count_of(const Json& json, std::string_view wanted);
void check_range(std::uint64_t value, std::uint64_t least, std::uint64_t most, std::string_view range);

}  // namespace croft::ctl::codecs
