#include "ctl/spec/shorthand.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "ctl/spec/keys.h"
#include "ctl/spec/tree.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;
using runtime::Error;
using runtime::ErrorKind;

constexpr std::array<std::string_view, 3> kOrdered{"guarantee", "barrier", "limit"};
constexpr std::array<std::string_view, 5> kWords{"guarantee", "barrier", "limit", "burst", "share"};

const Key* key_of(Resource resource, std::string_view word) {
  const Key* key = find_key(std::string(to_text(resource)) + "." + std::string(word));
  return key != nullptr && key->resource ? key : nullptr;
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    parts.push_back(text.substr(0, colon));
    if (colon == text.size()) return parts;
    text.remove_prefix(colon + 1);
  }
}

// "GUARANTEE:BARRIER:LIMIT, BARRIER:LIMIT or LIMIT", as far as the resource has the words.
std::string forms_of(Resource resource) {
  if (key_of(resource, "guarantee") != nullptr && key_of(resource, "barrier") != nullptr)
    return "GUARANTEE:BARRIER:LIMIT, BARRIER:LIMIT or LIMIT";
  return key_of(resource, "barrier") != nullptr ? "BARRIER:LIMIT or LIMIT" : "LIMIT";
}

void assign_part(Json& spec, Resource resource, std::string_view word, std::string_view text) {
  const std::string name(word);
  if (text.empty())
    throw Error(ErrorKind::kInvalid, "the " + name + " is empty: write " + forms_of(resource));
  try {
    const Key* key = key_of(resource, word);
    tree::place(spec, key->stem) = key->from_text(text);
  } catch (Error& error) {
    throw Error(ErrorKind::kInvalid, "the " + name + " " + error.what());
  }
}

void unset(Json& spec, Resource resource, std::string_view word) {
  if (const Key* key = key_of(resource, word)) tree::erase(spec, key->stem);
}

}  // namespace

std::optional<Resource> shorthand_of(std::string_view name) {
  const auto resource = cgroups::resource_of(name);
  if (!resource || key_of(*resource, "limit") == nullptr) return std::nullopt;
  return resource;
}

void assign_shorthand(Json& spec, Resource resource, std::string_view text) {
  if (text.empty()) {
    for (const std::string_view word : kWords) unset(spec, resource, word);
    return;
  }
  const std::vector<std::string_view> parts = parts_of(text);
  const bool known =
      parts.size() <= kOrdered.size() && key_of(resource, kOrdered.at(kOrdered.size() - parts.size()));
  if (!known)
    throw Error(ErrorKind::kInvalid,
                "has " + std::to_string(parts.size()) + " parts: write " + forms_of(resource));
  if (parts.size() == 1) {
    unset(spec, resource, "barrier");
    unset(spec, resource, "burst");
  }
  for (std::size_t i = 0; i < parts.size(); ++i)
    assign_part(spec, resource, kOrdered.at(kOrdered.size() - parts.size() + i), parts[i]);
}

bool shorthand_says(Resource resource, std::string_view text, std::string_view key) {
  const std::size_t parts = text.empty() ? 0 : std::min(parts_of(text).size(), kOrdered.size());
  return std::any_of(kOrdered.end() - static_cast<std::ptrdiff_t>(parts), kOrdered.end(), [&](auto word) {
    const Key* row = key_of(resource, word);
    return row != nullptr && row->name == key;
  });
}

}  // namespace croft::ctl
