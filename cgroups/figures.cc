#include "cgroups/figures.h"

#include <charconv>
#include <limits>

namespace croft::cgroups {
namespace {

bool next_part(std::string_view& rest, char separator, std::string_view& part) {
  if (rest.empty()) return false;
  const std::size_t end = rest.find(separator);
  part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return true;
}

}  // namespace

bool next_line(std::string_view& rest, std::string_view& line) {
  return next_part(rest, '\n', line);
}

bool next_word(std::string_view& rest, std::string_view& word) {
  while (next_part(rest, ' ', word))
    if (!word.empty()) return true;
  return false;
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (text.starts_with("max")) return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_of_line(std::string_view text, std::string_view key) {
  for (std::string_view line; next_line(text, line);)
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ')
      return leading_number(line.substr(key.size() + 1));
  return std::nullopt;
}

std::optional<std::uint64_t> number_of_word(std::string_view line, std::string_view key) {
  for (std::string_view word; next_word(line, word);)
    if (word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=')
      return leading_number(word.substr(key.size() + 1));
  return std::nullopt;
}

std::optional<std::uint64_t> stall_total(std::string_view text, std::string_view kind) {
  for (std::string_view line; next_line(text, line);)
    if (line.starts_with(kind)) return number_of_word(line, "total");
  return std::nullopt;
}

}  // namespace croft::cgroups
