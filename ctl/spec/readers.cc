#include "ctl/spec/readers.h"

#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl::codecs {

using runtime::Error;
using runtime::ErrorKind;

void refuse(const std::string& why) {
  throw Error(ErrorKind::kInvalid, why);
}

void refuse_text(std::string_view text, std::string_view why) {
  refuse("`" + shown(text) + "` " + std::string(why));
}

const std::string& text_of(const Json& json, std::size_t most, bool lines) {
  if (!json.is_string()) refuse("must be text, not " + std::string(json.type_name()));
  const auto& text = json.get_ref<const std::string&>();
  if (text.size() > most) refuse("is longer than " + std::to_string(most) + " bytes");
  if (!is_clean_text(text, lines)) refuse("contains control characters or is not UTF-8");
  return text;
}

std::uint64_t count_of(const Json& json, std::string_view wanted) {
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  if (json.is_number_integer() && json.get<std::int64_t>() >= 0)
    return static_cast<std::uint64_t>(json.get<std::int64_t>());
  refuse("must be " + std::string(wanted) +
         (json.is_number() ? "" : ", not " + std::string(json.type_name())));
}

void check_range(std::uint64_t value, std::uint64_t least, std::uint64_t most, std::string_view range) {
  if (value < least || value > most) refuse("is out of range: " + std::string(range));
}

}  // namespace croft::ctl::codecs
