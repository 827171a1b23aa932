// Texts that stand for the values of an enumeration, as a table of pairs.
#pragma once

#include <string>
#include <string_view>

#include "ctl/spec/bounds.h"
#include "ctl/spec/json.h"
#include "ctl/spec/readers.h"

namespace croft::ctl::codecs {

// The value whose text it is. Throws Error kInvalid that says which there are.
template <class Table>
auto chosen(const Json& json, const Table& table, std::string_view type) {
  const std::string& text = text_of(json, kMaxName);
  for (const auto& [value, name] : table)
    if (name == text) return value;
  refuse_text(text, "is not one of " + std::string(type));
}

// Every value of such a type has its row.
template <class Value, class Table>
std::string_view name_in(const Table& table, Value wanted) {
  for (const auto& [value, name] : table)
    if (value == wanted) return name;
  return table.front().second;
}

}  // namespace croft::ctl::codecs
