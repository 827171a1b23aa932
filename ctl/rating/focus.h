// An invoice's lines as rows of FOCUS, the FinOps Open Cost and Usage Specification (versions 1.0, 1.1 and
// 1.2): a row for each container and price, CSV as of RFC 4180. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/rating/tariff.h"

namespace croft::rating {

enum class FocusVersion : std::uint8_t { k10, k11, k12 };
// "1.0", "1.1", "1.2".
std::optional<FocusVersion> focus_version(std::string_view text);

// The columns of a version in their order, own ones (x_) last.
std::vector<std::string> focus_columns(FocusVersion version);
// `invoice` as Rater::invoice() made it, with records.node. A field that is empty and without quotes is null.
std::string focus_csv(const Json& invoice, FocusVersion version);

}  // namespace croft::rating
