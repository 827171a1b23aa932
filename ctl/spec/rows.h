// Makes rows of the key table: joins a codec with a field of Spec. Only keys.cc includes this.
//   one<Codec>(...)                a field of Codec::Value, or an optional of it
//   list<Codec, Most>(...)         a vector
//   map<Codec, check, Most>(...)   a std::map from entry names
// The last argument finds the field: [](auto& s) -> auto& { return s.memory.limit; }
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "ctl/spec/bounds.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/names.h"

namespace croft::ctl::rows {

inline void complain(FieldErrors& errors, std::string path, std::string_view message) {
  if (errors.size() < kMaxErrors) errors.push_back({std::move(path), std::string(message)});
}

// Codec::read, with what it throws put under `path`.
template <class Codec>
std::optional<typename Codec::Value> read_value(const Json& json, const std::string& path,
                                                FieldErrors& errors) {
  try {
    return std::optional<typename Codec::Value>(std::in_place, Codec::read(json));
  } catch (const runtime::Error& error) {
    complain(errors, path, error.what());
    return std::nullopt;
  }
}

template <class Codec>
Json canonical_text(std::string_view text) {
  return Codec::write(Codec::read(Codec::raw(text)));
}

// --- one value

template <class Codec, class Access>
void read_one(const Key& key, const Json& json, Spec& spec, FieldErrors& errors) {
  if (auto value = read_value<Codec>(json, std::string(key.name), errors)) Access{}(spec) = *std::move(value);
}

template <class Codec, class Access>
Json write_one(const Spec& spec) {
  const auto& field = Access{}(spec);
  using Field = std::remove_cvref_t<decltype(field)>;
  if constexpr (std::is_same_v<Field, typename Codec::Value>) {
    return Codec::write(field);
  } else {
    return field ? Codec::write(*field) : Json();
  }
}

template <class Codec, class Access>
constexpr Key one(std::string_view name, std::string_view fallback, When when, std::string_view doc,
                  Access /*access*/) {
  return {.name = name,
          .type = Codec::kType,
          .fallback = fallback,
          .when = when,
          .doc = doc,
          .stem = name,
          .kind = Key::Kind::kOne,
          .check_entry = nullptr,
          .read = read_one<Codec, Access>,
          .write = write_one<Codec, Access>,
          .from_text = canonical_text<Codec>,
          .to_text = Codec::show};
}

// --- lists: no element twice, unless they are arguments

template <class Codec, std::size_t Most, bool Repeats, class Access>
void read_list(const Key& key, const Json& json, Spec& spec, FieldErrors& errors) {
  const std::string path(key.name);
  if (!json.is_array()) return complain(errors, path, "must be a list, not " + std::string(json.type_name()));
  if (json.size() > Most)
    return complain(errors, path, "has more than " + std::to_string(Most) + " elements");
  auto& field = Access{}(spec);
  field.clear();
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string place = path + "[" + std::to_string(i) + "]";
    auto value = read_value<Codec>(json[i], place, errors);
    if (!value) continue;
    if (!Repeats && std::find(field.begin(), field.end(), *value) != field.end())
      complain(errors, place, "is in the list twice");
    else
      field.push_back(*std::move(value));
  }
}

template <class Codec, class Access>
Json write_list(const Spec& spec) {
  const auto& field = Access{}(spec);
  if (field.empty()) return {};
  Json list = Json::array();
  for (const auto& value : field) list.push_back(Codec::write(value));
  return list;
}

// An address in brackets is none.
inline bool is_json_list(std::string_view text) {
  if (!text.starts_with('[')) return false;
  const std::size_t next = text.find_first_not_of(" \t\n", 1);
  return next == std::string_view::npos || text.find_first_of("\"[]{", next) == next;
}

template <class Codec>
constexpr std::string_view separators_of() {
  if constexpr (requires { Codec::kSeparators; })
    return Codec::kSeparators;
  else
    return ", ";
}

// "a,b", or a JSON list. Arguments are cut at blanks instead; what needs quotes needs the JSON form.
template <class Codec, bool Repeats>
Json list_from_text(std::string_view text) {
  Json list = Json::array();
  if (Repeats ? text.starts_with('[') : is_json_list(text)) {
    const Json given = parse_json(text);
    if (!given.is_array()) throw runtime::Error(runtime::ErrorKind::kInvalid, "is not a list in JSON");
    for (const Json& element : given) list.push_back(Codec::write(Codec::read(element)));
    return list;
  }
  if (Repeats && text.find_first_of("\"'\\") != std::string_view::npos)
    throw runtime::Error(runtime::ErrorKind::kInvalid,
                         R"(contains quotes: write a JSON list, as in ["sh","-c","echo a b"])");
  const std::string_view separators = Repeats ? " \t\n" : separators_of<Codec>();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) list.push_back(canonical_text<Codec>(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return list;
}

template <class Codec, bool Repeats>
std::string list_to_text(const Json& list) {
  if (Repeats) return list.dump();
  std::string text;
  const std::string_view separator = separators_of<Codec>().substr(0, 1);
  for (const Json& element : list) text += std::string(text.empty() ? "" : separator) + Codec::show(element);
  return text;
}

template <class Codec, std::size_t Most, bool Repeats = false, class Access>
constexpr Key list(std::string_view name, When when, std::string_view doc, Access /*access*/) {
  return {.name = name,
          .type = Codec::kType,
          .fallback = {},
          .when = when,
          .doc = doc,
          .stem = name,
          .kind = Key::Kind::kList,
          .check_entry = nullptr,
          .read = read_list<Codec, Most, Repeats, Access>,
          .write = write_list<Codec, Access>,
          .from_text = list_from_text<Codec, Repeats>,
          .to_text = list_to_text<Codec, Repeats>};
}

// --- maps

using CheckEntry = void (*)(std::string_view name);

template <class Codec, CheckEntry Check, std::size_t Most, class Access>
void read_map(const Key& key, const Json& json, Spec& spec, FieldErrors& errors) {
  const std::string path(key.stem);
  if (!json.is_object())
    return complain(errors, path, "must be an object, not " + std::string(json.type_name()));
  if (json.size() > Most) return complain(errors, path, "has more than " + std::to_string(Most) + " entries");
  auto& field = Access{}(spec);
  field.clear();
  for (const auto& [name, entry] : json.items()) {
    const std::string place = path + "." + shown(name);
    try {
      Check(name);
    } catch (const runtime::Error& error) {
      complain(errors, place, error.what());
      continue;
    }
    if (auto value = read_value<Codec>(entry, place, errors)) field.emplace(name, *std::move(value));
  }
}

template <class Codec, class Access>
Json write_map(const Spec& spec) {
  const auto& field = Access{}(spec);
  if (field.empty()) return {};
  Json object = Json::object();
  for (const auto& [name, value] : field) object[name] = Codec::write(value);
  return object;
}

template <class Codec, CheckEntry Check, std::size_t Most, class Access>
constexpr Key map(std::string_view name, When when, std::string_view doc, Access /*access*/) {
  return {.name = name,
          .type = Codec::kType,
          .fallback = {},
          .when = when,
          .doc = doc,
          .stem = name.substr(0, name.rfind('.')),
          .kind = Key::Kind::kMap,
          .check_entry = Check,
          .read = read_map<Codec, Check, Most, Access>,
          .write = write_map<Codec, Access>,
          .from_text = canonical_text<Codec>,
          .to_text = Codec::show};
}

}  // namespace croft::ctl::rows
