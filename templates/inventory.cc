#include "templates/inventory.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "runtime/error.h"
#include "templates/bounds.h"

namespace croft::templates {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::string_view kTypes = "fdlpsw";

[[noreturn]] void fail_at(std::size_t number) {
  throw Error(ErrorKind::kInvalid,
              "entry " + std::to_string(number) + " of the layer's list of files is damaged");
}

// The text up to the next space, which is taken off.
std::string_view word_of(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

template <class Number>
bool read_number(std::string_view word, Number& number) {
  const auto result = std::from_chars(word.data(), word.data() + word.size(), number);
  return result.ec == std::errc() && result.ptr == word.data() + word.size();
}

std::optional<Listed> listed_of(std::string_view line) {
  Listed listed;
  const std::string_view type = word_of(line);
  if (type.size() != 1 || kTypes.find(type[0]) == std::string_view::npos) return {};
  listed.type = static_cast<EntryType>(type[0]);
  if (!read_number(word_of(line), listed.node) || !read_number(word_of(line), listed.bytes)) return {};
  const std::optional<Digest> record = digest_from_hex(word_of(line));
  if (!record || line.size() > kMaxPathLength) return {};
  listed.record = *record;
  listed.path = line;
  return listed;
}

}  // namespace

std::string to_text(const Inventory& inventory) {
  std::string text;
  for (const Listed& listed : inventory) {
    text += static_cast<char>(listed.type);
    text += ' ' + std::to_string(listed.node) + ' ' + std::to_string(listed.bytes) + ' ';
    text += to_hex(listed.record) + ' ' + listed.path;
    text += '\0';
  }
  return text;
}

Inventory inventory_from_text(std::string_view text) {
  Inventory inventory;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos || inventory.size() > kMaxEntries) fail_at(inventory.size());
    std::optional<Listed> listed = listed_of(text.substr(0, end));
    const bool ascending = inventory.empty() || (listed && inventory.back().path < listed->path);
    if (!listed || !ascending) fail_at(inventory.size());
    inventory.push_back(*std::move(listed));
    text.remove_prefix(end + 1);
  }
  return inventory;
}

std::string layer_id(const Inventory& inventory) {
  std::vector<NamedRecord> records;
  records.reserve(inventory.size());
  for (const Listed& listed : inventory) records.push_back({listed.path, listed.node, &listed.record});
  return layer_id(std::move(records));
}

}  // namespace croft::templates
