#include "ctl/fleet/numbered.h"

#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// "web%04d" taken apart.
struct Parts {
  std::string before;
  std::string after;
  std::size_t width = 0;
};

Parts parts_of(const std::string& pattern, std::size_t at) {
  Parts parts;
  parts.before = pattern.substr(0, at);
  std::size_t next = at + 1;
  const auto here = [&] { return next < pattern.size() ? pattern[next] : '\0'; };
  if (here() == '0') ++next;
  if (here() >= '1' && here() <= '9') parts.width = static_cast<std::size_t>(pattern[next++] - '0');
  if (here() != 'd' || pattern.find('%', next) != std::string::npos) {
    throw Error(ErrorKind::kInvalid, "`" + pattern + "` cannot be numbered")
        .cure("write %d once, or a width of it: web%d, web%04d");
  }
  parts.after = pattern.substr(next + 1);
  return parts;
}

}  // namespace

std::vector<std::string> numbered_names(const std::string& pattern, std::uint64_t count,
                                        std::uint64_t first) {
  const std::size_t at = pattern.find('%');
  if (at == std::string::npos && count == 1) return {pattern};
  if (at == std::string::npos) {
    throw Error(ErrorKind::kInvalid, "`" + pattern + "` is one name for " + std::to_string(count))
        .cure("say where the number goes, as in `" + pattern + "%04d`");
  }
  const Parts parts = parts_of(pattern, at);
  std::vector<std::string> names;
  names.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string digits = std::to_string(first + i);
    if (digits.size() < parts.width) digits.insert(0, parts.width - digits.size(), '0');
    names.push_back(parts.before + digits + parts.after);
  }
  return names;
}

}  // namespace croft::ctl
