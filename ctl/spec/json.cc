#include "ctl/spec/json.h"

#include <string>

#include "runtime/error.h"

namespace croft::ctl {

using runtime::Error;
using runtime::ErrorKind;

Json parse_json(std::string_view text) {
  const auto limit_depth = [](int depth, Json::parse_event_t event, Json& /*parsed*/) {
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth >= kMaxJsonDepth)
      throw Error(ErrorKind::kInvalid,
                  "JSON is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), limit_depth);
  } catch (const Json::parse_error& error) {
    throw Error(ErrorKind::kInvalid, "is not valid JSON at byte " + std::to_string(error.byte));
  } catch (const Json::out_of_range&) {
    throw Error(ErrorKind::kInvalid, "contains a number that is too large");
  }
}

}  // namespace croft::ctl
