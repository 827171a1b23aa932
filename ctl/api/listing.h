// What a list route does to the backend's array: filter, fields, and pages by an opaque cursor. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace croft::ctl {

using Json = nlohmann::json;

inline constexpr std::size_t kPage = 1000;  // items, unless asked for another number
inline constexpr std::size_t kMaxPage = 10000;
inline constexpr std::size_t kMaxFilterTerms = 8;

// "state eq running and name ne 'web*'": names are globs, everything else is compared as text.
struct FilterTerm {
  std::string key;  // a field of the list, or "label.KEY"
  bool equal = true;
  std::string value;
};

struct Listing {
  std::vector<FilterTerm> filter;   // all must hold
  std::vector<std::string> fields;  // empty: all
  std::size_t limit = kPage;
  std::string after;  // the key of the last item already given; empty: from the beginning
};

// Each throws Error kInvalid; `known` are the list's top-level fields.
std::vector<FilterTerm> parse_filter(std::string_view text, const std::vector<std::string_view>& known);
std::vector<std::string> parse_fields(std::string_view text, const std::vector<std::string_view>& known);
std::size_t parse_limit(std::string_view text);
std::string cursor_of(std::string_view key);
std::string key_of_cursor(std::string_view cursor);

// What make_page reads or gives of an item whose fields are picked: those, what the filter compares, and what
// the order goes by.
std::vector<std::string> fields_read(const Listing& listing);
// Only the wanted fields of one item.
Json pick_fields(Json item, const std::vector<std::string>& fields);
// {"items":[..],"next":cursor or null} of the items, in the order of their uuid (or id, or name).
Json make_page(Json items, const Listing& listing);

}  // namespace croft::ctl
