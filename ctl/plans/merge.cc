#include "ctl/plans/merge.h"

#include <map>
#include <set>

#include "ctl/spec/patch.h"
#include "ctl/spec/spec.h"
#include "ctl/spec/tree.h"

namespace croft::ctl::plans {
namespace {

using Flat = std::map<std::string, Json>;

// Dotted keys with their entries for maps: "hugetlb.2M".
Flat flat(const Json& nested) {
  Flat all;
  for (const Difference& value : differences(Json::object(), nested)) all.emplace(value.key, value.after);
  return all;
}

Json value_in(const Flat& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? Json() : found->second;
}

// Null unsets.
void put(Json& spec, const std::string& key, const Json& value) {
  const Key* row = find_key(key);
  if (row->kind != Key::Kind::kMap) {
    if (value.is_null())
      tree::erase(spec, row->stem);
    else
      tree::place(spec, row->stem) = value;
    return;
  }
  Json& entries = tree::place(spec, row->stem);
  const std::string entry = key.substr(row->stem.size() + 1);
  if (!entries.is_object()) entries = Json::object();
  if (value.is_null())
    entries.erase(entry);
  else
    entries[entry] = value;
  if (entries.empty()) tree::erase(spec, row->stem);
}

Flat defaults() {
  Spec spec;
  spec.template_name = "default";
  return flat(to_json(spec));
}

}  // namespace

Merge merge(const std::optional<Json>& applied, const Json& now, const Json& spec, bool take_all) {
  const Flat unset = defaults();
  const Flat before = flat(applied.value_or(Json::object()));
  const Flat after = flat(now);
  const Flat have = flat(spec);
  std::set<std::string> touched;
  for (const Flat* side : {&before, &after})
    for (const auto& [key, value] : *side) touched.insert(key);
  Merge merged{.spec = spec, .own = {}};
  for (const std::string& key : touched) {
    const Json base = before.contains(key) ? value_in(before, key) : value_in(unset, key);
    const Json wanted = after.contains(key) ? value_in(after, key) : value_in(unset, key);
    const Json current = value_in(have, key);
    const bool is_new = after.contains(key) && (take_all || !applied);
    if (current == wanted) continue;
    if (is_new || current == base)
      put(merged.spec, key, wanted);
    else
      merged.own.push_back({key, current, value_in(after, key)});
  }
  return merged;
}

std::vector<Own> own_keys(const Json& applied, const Json& spec) {
  const Flat have = flat(spec);
  std::vector<Own> own;
  for (const auto& [key, value] : flat(applied))
    if (value_in(have, key) != value) own.push_back({key, value_in(have, key), value});
  return own;
}

}  // namespace croft::ctl::plans
