// Times as they are written everywhere: RFC 3339, UTC.
#pragma once

#include <cstdint>
#include <string>

namespace croft::ctl {

std::string now_text();                            // with microseconds
std::string time_text(std::int64_t seconds);       // since 1970
std::int64_t seconds_of(const std::string& text);  // of a time written so; 0 for any other text

}  // namespace croft::ctl
