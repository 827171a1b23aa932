// The request target of RFC 9112, section 3.2, taken apart: decoded path parts and query parameters.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace croft::ctl {

struct Target {
  std::string path;                // as it came, without the query
  std::vector<std::string> parts;  // decoded; "/v1/hosts" is {"v1", "hosts"}
  std::map<std::string, std::string> query;
};

inline constexpr std::size_t kMaxPathParts = 8;
inline constexpr std::size_t kMaxQueryKeys = 32;

// Throws Error kInvalid: no absolute path, bad %XX, control characters, no UTF-8, a parameter given twice, or
// beyond the bounds above. In the query "+" is a space, as forms and PHP write it.
Target parse_target(std::string_view text);

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// Decimal digits only, at most `highest`. Throws Error kInvalid naming `what`.
std::uint64_t parse_number(std::string_view what, std::string_view text, std::uint64_t highest);

}  // namespace croft::ctl
