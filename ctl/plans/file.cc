#include "ctl/plans/file.h"

#include <algorithm>
#include <utility>

#include "ctl/spec/bounds.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl::plans {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

// What is wrong with a line that says something, or nothing.
std::string complaint(std::string_view line) {
  if (!is_clean_text(line, true)) return "contains control characters or is not UTF-8";
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return "`" + shown(line) + "` is neither KEY=VALUE nor include=NAME";
  return {};
}

}  // namespace

std::string place(std::string_view plan, std::size_t line) {
  return std::string(plan) + ".plan:" + std::to_string(line);
}

std::vector<Line> parse_lines(std::string_view plan, std::string_view text) {
  if (text.size() > kMaxFileBytes)
    throw runtime::Error(
        {{std::string(plan) + ".plan", "is larger than " + std::to_string(kMaxFileBytes) + " bytes"}});
  std::vector<Line> lines;
  FieldErrors errors;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    if (std::string why = complaint(line); !why.empty()) {
      if (errors.size() < kMaxErrors) errors.push_back({place(plan, number), std::move(why)});
      continue;
    }
    const std::size_t equals = line.find('=');
    lines.push_back({number, std::string(trimmed(line.substr(0, equals))),
                     std::string(unquoted(trimmed(line.substr(equals + 1))))});
  }
  if (!errors.empty()) throw runtime::Error(std::move(errors));
  return lines;
}

}  // namespace croft::ctl::plans
