#include "templates/manifest.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/error.h"
#include "templates/bounds.h"
#include "templates/entry.h"
#include "templates/store.h"

namespace croft::templates {
namespace {

using nlohmann::json;
using runtime::Error;
using runtime::ErrorKind;
using runtime::FieldError;

constexpr std::size_t kMaxTemplateName = 63;
constexpr std::array<std::pair<InitKind, std::string_view>, 5> kInits{{
    {InitKind::kNone, "none"},
    {InitKind::kSystemd, "systemd"},
    {InitKind::kOpenrc, "openrc"},
    {InitKind::kSysvinit, "sysvinit"},
    {InitKind::kBusybox, "busybox"},
}};

// Reads members of one object and gathers what is wrong with them.
class Members {
 public:
  Members(const json& object, std::string prefix, std::vector<FieldError>& errors)
      : object_(object), prefix_(std::move(prefix)), errors_(errors) {}

  std::string text(const char* name, bool required) {
    const json* member = find(name, required);
    if (member == nullptr) return {};
    if (member->is_string()) return member->get<std::string>();
    wrong(name, "must be a string");
    return {};
  }
  std::uint64_t number(const char* name) {
    const json* member = find(name, true);
    if (member == nullptr) return 0;
    if (member->is_number_unsigned()) return member->get<std::uint64_t>();
    wrong(name, "must be a whole number, 0 or more");
    return 0;
  }
  std::vector<std::string> list(const char* name, std::size_t most) {
    const json* member = find(name, true);
    if (member == nullptr) return {};
    const auto is_text = [](const json& item) { return item.is_string(); };
    if (member->is_array() && member->size() <= most && std::all_of(member->begin(), member->end(), is_text))
      return member->get<std::vector<std::string>>();
    wrong(name, "must be a list of at most " + std::to_string(most) + " strings");
    return {};
  }
  void wrong(const char* name, std::string message) {
    errors_.push_back({prefix_ + name, std::move(message)});
  }

 private:
  const json* find(const char* name, bool required) {
    const auto member = object_.find(name);
    if (member != object_.end()) return &*member;
    if (required) wrong(name, "is missing");
    return nullptr;
  }
  const json& object_;
  std::string prefix_;
  std::vector<FieldError>& errors_;
};

void read_os(const json& object, Os& os, std::vector<FieldError>& errors) {
  const auto member = object.find("os");
  if (member == object.end()) return;
  if (!member->is_object()) return errors.push_back({"os", "must be an object"});
  Members members(*member, "os.", errors);
  os.id = members.text("id", false);
  os.version = members.text("version", false);
  os.pretty = members.text("pretty", false);
}

void check(const Manifest& manifest, Members& members) {
  try {
    check_template_name(manifest.name);
  } catch (const Error& error) {
    members.wrong("name", error.what());
  }
  if (manifest.layers.empty() || !std::all_of(manifest.layers.begin(), manifest.layers.end(), is_layer_id))
    members.wrong("layers", "must name one layer or more by sha256:...");
}

}  // namespace

std::string_view text_of(InitKind kind) {
  for (const auto& [value, text] : kInits)
    if (value == kind) return text;
  return "none";
}

InitKind init_kind_of(std::string_view text) {
  for (const auto& [value, name] : kInits)
    if (name == text) return value;
  throw Error(ErrorKind::kInvalid,
              shown(text) + " is no kind of init; known are none, systemd, openrc, sysvinit, busybox");
}

void check_template_name(std::string_view name) {
  const auto first = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto later = [&](char c) { return first(c) || c == '.' || c == '+' || c == '_' || c == '-'; };
  if (!name.empty() && name.size() <= kMaxTemplateName && first(name[0]) &&
      std::all_of(name.begin(), name.end(), later))
    return;
  throw Error(ErrorKind::kInvalid, shown(name) + " is no name for a template")
      .cure("use 1 to 63 of a-z 0-9 . + _ - and begin with a letter or a digit");
}

json to_json(const Manifest& manifest) {
  return {{"name", manifest.name},
          {"created", manifest.created},
          {"layers", manifest.layers},
          {"size_bytes", manifest.size_bytes},
          {"files", manifest.files},
          {"init", text_of(manifest.init)},
          {"os", {{"id", manifest.os.id}, {"version", manifest.os.version}, {"pretty", manifest.os.pretty}}},
          {"architecture", manifest.architecture},
          {"command", manifest.command}};
}

Manifest manifest_from_json(const json& object) {
  if (!object.is_object()) throw Error(ErrorKind::kInvalid, "a template's manifest must be a JSON object");
  std::vector<FieldError> errors;
  Members members(object, "", errors);
  Manifest manifest;
  manifest.name = members.text("name", true);
  manifest.created = members.text("created", true);
  manifest.layers = members.list("layers", kMaxLayers);
  manifest.size_bytes = members.number("size_bytes");
  manifest.files = members.number("files");
  manifest.architecture = members.text("architecture", false);
  manifest.command = members.list("command", kMaxLayers);
  read_os(object, manifest.os, errors);
  try {
    manifest.init = init_kind_of(members.text("init", true));
  } catch (const Error& error) {
    members.wrong("init", error.what());
  }
  check(manifest, members);
  if (!errors.empty()) throw Error(std::move(errors));
  return manifest;
}

Manifest manifest_from_text(std::string_view text) {
  if (text.size() > kMaxManifestBytes) throw Error(ErrorKind::kInvalid, "a template's manifest is too large");
  // Deeper nesting than any manifest has is cut off by the callback, before it can grow the stack of a
  // destructor.
  const auto shallow = [](int depth, json::parse_event_t, json&) { return depth < 8; };
  json object = json::parse(text, shallow, false);
  if (object.is_discarded()) throw Error(ErrorKind::kInvalid, "a template's manifest is not JSON");
  return manifest_from_json(object);
}

}  // namespace croft::templates
