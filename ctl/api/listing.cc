#include "ctl/api/listing.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "ctl/api/target.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;

constexpr std::string_view kLabel = "label.";
constexpr std::string_view kCursorVersion = "1:";
constexpr std::string_view kHex = "0123456789abcdef";

[[noreturn]] void bad(std::string_view parameter, const std::string& message) {
  throw Error({{std::string(parameter), message}});
}

bool is_known(std::string_view key, const std::vector<std::string_view>& known) {
  return std::find(known.begin(), known.end(), key) != known.end();
}

// The next word of a filter: up to a space, or between single quotes. Empty at the end.
std::string next_word(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const bool quoted = text.starts_with('\'');
  if (quoted) text.remove_prefix(1);
  const std::size_t end = text.find(quoted ? '\'' : ' ');
  if (quoted && end == std::string_view::npos) bad("filter", "a quote is not closed");
  std::string word(text.substr(0, end));
  text.remove_prefix(std::min(end == std::string_view::npos ? text.size() : end + 1, text.size()));
  return word;
}

FilterTerm next_term(std::string_view& text, const std::vector<std::string_view>& known) {
  FilterTerm term;
  term.key = next_word(text);
  const std::string comparison = next_word(text);
  if (comparison != "eq" && comparison != "ne")
    bad("filter", "must read `KEY eq VALUE` or `KEY ne VALUE`, joined by `and`");
  term.equal = comparison == "eq";
  if (text.empty()) bad("filter", "`" + term.key + " " + comparison + "` needs a value");
  term.value = next_word(text);
  const bool label = term.key.starts_with(kLabel) && is_known("labels", known);
  if (!label && !is_known(term.key, known)) bad("filter", "`" + term.key + "` is not a field of this list");
  return term;
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : value.dump();
}

std::string value_at(const Json& item, const std::string& key) {
  if (!key.starts_with(kLabel)) return item.contains(key) ? text_of(item.at(key)) : std::string();
  const auto labels = item.find("labels");
  if (labels == item.end() || !labels->is_object()) return {};
  const auto label = labels->find(key.substr(kLabel.size()));
  return label == labels->end() ? std::string() : text_of(*label);
}

bool holds(const Json& item, const FilterTerm& term) {
  const std::string value = value_at(item, term.key);
  const bool same =
      term.key == "name" ? fnmatch(term.value.c_str(), value.c_str(), 0) == 0 : value == term.value;
  return same == term.equal;
}

constexpr std::array kKeys{"uuid", "id", "name"};  // the first that an item has

const std::string& key_of(const Json& item) {
  for (const char* name : kKeys) {
    const auto found = item.find(name);
    if (found != item.end() && found->is_string()) return found->get_ref<const std::string&>();
  }
  throw Error(runtime::ErrorKind::kSystem, "an item of a list has neither uuid nor id nor name");
}

}  // namespace

std::vector<FilterTerm> parse_filter(std::string_view text, const std::vector<std::string_view>& known) {
  std::vector<FilterTerm> terms;
  do {
    if (terms.size() == kMaxFilterTerms) bad("filter", "has more than 8 comparisons");
    terms.push_back(next_term(text, known));
    if (text.empty()) return terms;
  } while (next_word(text) == "and");
  bad("filter", "comparisons can only be joined by `and`");
}

std::vector<std::string> parse_fields(std::string_view text, const std::vector<std::string_view>& known) {
  std::vector<std::string> fields;
  for (;;) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view field = text.substr(0, end);
    if (!is_known(field, known)) bad("fields", "`" + std::string(field) + "` is not a field of this");
    if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.emplace_back(field);
    if (end == text.size()) return fields;
    text.remove_prefix(end + 1);
  }
}

std::size_t parse_limit(std::string_view text) {
  const std::uint64_t limit = parse_number("limit", text, kMaxPage);
  if (limit == 0) bad("limit", "must be from 1 to 10000");
  return limit;
}

std::string cursor_of(std::string_view key) {
  std::string cursor;
  for (const char c : std::string(kCursorVersion) + std::string(key)) {
    const auto byte = static_cast<unsigned char>(c);
    cursor += kHex[byte >> 4U];
    cursor += kHex[byte & 15U];
  }
  return cursor;
}

std::string key_of_cursor(std::string_view cursor) {
  std::string text;
  for (std::size_t i = 0; i + 1 < cursor.size(); i += 2) {
    const std::size_t high = kHex.find(cursor[i]);
    const std::size_t low = kHex.find(cursor[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) break;
    text += static_cast<char>(high * 16 + low);
  }
  if (text.size() * 2 != cursor.size() || !text.starts_with(kCursorVersion))
    bad("cursor", "is not one that an earlier page gave");
  return text.substr(kCursorVersion.size());
}

std::vector<std::string> fields_read(const Listing& listing) {
  std::vector<std::string> all = listing.fields;
  all.insert(all.end(), kKeys.begin(), kKeys.end());
  for (const FilterTerm& term : listing.filter)
    all.push_back(term.key.starts_with(kLabel) ? "labels" : term.key);
  return all;
}

Json pick_fields(Json item, const std::vector<std::string>& fields) {
  if (fields.empty()) return item;
  Json picked = Json::object();
  for (const std::string& field : fields)
    if (item.contains(field)) picked[field] = std::move(item[field]);
  return picked;
}

Json make_page(Json items, const Listing& listing) {
  std::vector<Json*> kept;
  for (Json& item : items) {
    const bool wanted = std::all_of(listing.filter.begin(), listing.filter.end(),
                                    [&](const FilterTerm& term) { return holds(item, term); });
    if (wanted && (listing.after.empty() || key_of(item) > listing.after)) kept.push_back(&item);
  }
  std::sort(kept.begin(), kept.end(), [](const Json* a, const Json* b) { return key_of(*a) < key_of(*b); });
  Json next;
  if (kept.size() > listing.limit) {
    kept.resize(listing.limit);
    next = cursor_of(key_of(*kept.back()));
  }
  Json page = Json::array();
  for (Json* item : kept) page.push_back(pick_fields(std::move(*item), listing.fields));
  return {{"items", std::move(page)}, {"next", std::move(next)}};
}

}  // namespace croft::ctl
