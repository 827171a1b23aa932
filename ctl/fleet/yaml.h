// YAML 1.2 as far as Croft reads it: maps with keys that are texts, lists, and scalars as they were typed,
// each with the line that it stands in. JSON is nearly all YAML, and read too. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/spec/json.h"

namespace croft::ctl {

inline constexpr std::size_t kMaxYaml = std::size_t{16} << 20;  // bytes of one text
inline constexpr std::size_t kMaxYamlNodes = 1'000'000;         // those that aliases stand for count too
inline constexpr int kMaxYamlDepth = 32;

struct YamlMember;

struct Yaml {
  enum class Kind { kNull, kText, kList, kMap };
  Kind kind = Kind::kNull;
  int line = 0;      // from 1
  std::string text;  // of kText, as it was typed, without quotes
  std::vector<Yaml> list;
  std::vector<YamlMember> map;  // in the order of the text, which has no key twice

  // The value under a key; nullptr when there is none, or this is no map.
  [[nodiscard]] const Yaml* find(std::string_view key) const;
};

struct YamlMember {
  std::string key;
  Yaml value;
};

// Throws Error kInvalid "line 7: ..." for what is no YAML, too large, too deep, a key that is there twice or
// is no text. An empty text is kNull.
Yaml parse_yaml(const std::string& text);

// Block style with a newline in the end; texts that could be read as something else are quoted.
std::string to_yaml(const Json& value);

}  // namespace croft::ctl
