#include "ctl/rating/fields.h"

#include <algorithm>

#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::rating {
namespace {

using ctl::Json;
using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kMaxText = 256;

}  // namespace

Fields::Fields(const Json& object, std::string path, ctl::FieldErrors& errors,
               std::initializer_list<std::string_view> known)
    : object_(object), path_(std::move(path)), errors_(errors) {
  if (!object.is_object()) {
    fail("", "must be an object");
    return;
  }
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = ctl::nearest(name, {known.begin(), known.size()});
    fail(ctl::shown(name), near.empty() ? "is not known here" : "is not known; did you mean `" + near + "`?");
  }
}

std::string Fields::path_of(std::string_view name) const {
  if (name.empty()) return path_;
  return path_ + (path_.ends_with(": ") || path_.empty() ? "" : ".") + std::string(name);
}

const Json* Fields::find(std::string_view name) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

void Fields::fail(std::string_view name, const std::string& why) const {
  if (errors_.size() < ctl::kMaxErrors) errors_.push_back({path_of(name), why});
}

void Fields::each(std::string_view name, const std::function<void(const Json& value)>& read) const {
  const Json* value = find(name);
  if (value == nullptr) return;
  try {
    read(*value);
  } catch (const Error& error) {
    fail(name, error.what());
  }
}

void Fields::required(std::string_view name, const std::function<void(const Json& value)>& read) const {
  if (object_.is_object() && find(name) == nullptr) return fail(name, "is missing");
  each(name, read);
}

std::string text_in(const Json& value) {
  if (!value.is_string()) throw Error(ErrorKind::kInvalid, "must be a text");
  std::string text = value;
  if (text.empty() || text.size() > kMaxText || !ctl::is_clean_text(text))
    throw Error(ErrorKind::kInvalid, "must be a text of 1 to 256 bytes, on one line");
  return text;
}

std::vector<std::string> texts_in(const Json& value, std::size_t most) {
  if (!value.is_array() || value.empty() || value.size() > most)
    throw Error(ErrorKind::kInvalid, "must be a list of 1 to " + std::to_string(most) + " texts");
  std::vector<std::string> texts;
  for (const Json& one : value) texts.push_back(text_in(one));
  return texts;
}

bool flag_in(const Json& value) {
  if (!value.is_boolean()) throw Error(ErrorKind::kInvalid, "must be true or false");
  return value;
}

}  // namespace croft::rating
