#include "ctl/spec/spec.h"

#include <algorithm>

#include "ctl/spec/bounds.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/names.h"
#include "ctl/spec/read.h"
#include "ctl/spec/rules.h"
#include "ctl/spec/tree.h"

namespace croft::ctl {
namespace {

using runtime::Error;

// Whether keys exist below this path ("security", "security.capabilities").
bool is_group(std::string_view path) {
  const std::string prefix = std::string(path) + ".";
  return std::any_of(keys().begin(), keys().end(),
                     [&](const Key& key) { return key.stem.starts_with(prefix); });
}

// Where an unknown object has members, they say more about what was meant: "memroy.limit".
std::string first_leaf(std::string path, const Json& value) {
  const Json* node = &value;
  for (int depth = 0; depth < 4 && node->is_object() && !node->empty(); ++depth) {
    path += "." + node->begin().key();
    node = &*node->begin();
  }
  return path;
}

void complain(FieldErrors& errors, std::string_view path, std::string message) {
  if (errors.size() < kMaxErrors) errors.push_back({shown(path), std::move(message)});
}

void read_group(const Json& group, const std::string& prefix, Refusal refusal, Spec& spec,
                FieldErrors& errors) {
  for (const auto& [name, value] : group.items()) {
    if (errors.size() >= kMaxErrors) return;
    const std::string path = prefix + name;
    const Key* key = find_key(path);
    if (key != nullptr && name.find('.') != std::string::npos) {
      complain(errors, path, "dotted keys are nested in JSON: write an object for each part");
    } else if (key != nullptr && key->stem == path) {
      if (std::string why = refusal(*key); !why.empty())
        complain(errors, path, std::move(why));
      else
        key->read(*key, value, spec, errors);
    } else if (!is_group(path)) {
      complain(errors, path, unknown_key(first_leaf(path, value)));
    } else if (!value.is_object()) {
      complain(errors, path, "must be an object, not " + std::string(value.type_name()));
    } else {
      read_group(value, path + ".", refusal, spec, errors);
    }
  }
}

std::string no_refusal(const Key& /*key*/) {
  return {};
}

}  // namespace

bool has_feature(const Spec& spec, Feature feature) {
  return std::find(spec.features.begin(), spec.features.end(), feature) != spec.features.end();
}

cgroups::Resources default_resources() {
  cgroups::Resources resources;
  resources[cgroups::Resource::kMemory].limit = std::uint64_t{1} << 30;
  resources[cgroups::Resource::kTasks].limit = 4096;
  return resources;
}

void read_keys(const Json& json, Refusal refusal, Spec& spec, FieldErrors& errors) {
  read_group(json, "", refusal, spec, errors);
}

Json write_keys(const Spec& spec, Refusal refusal) {
  Json json = Json::object();
  for (const Key& key : keys())
    if (Json value = key.write(spec); !value.is_null() && refusal(key).empty())
      tree::place(json, key.stem) = std::move(value);
  return json;
}

Spec parse_spec(const Json& json) {
  if (!json.is_object()) throw Error({{"spec", "must be an object, not " + std::string(json.type_name())}});
  Spec spec;
  FieldErrors errors;
  read_keys(json, no_refusal, spec, errors);
  check_rules(spec, errors);
  if (errors.empty() && to_json(spec).dump().size() > kMaxSpecBytes)
    complain(errors, "spec", "is larger than " + std::to_string(kMaxSpecBytes) + " bytes");
  if (!errors.empty()) throw Error(std::move(errors));
  return spec;
}

Json to_json(const Spec& spec) {
  return write_keys(spec, no_refusal);
}

}  // namespace croft::ctl
