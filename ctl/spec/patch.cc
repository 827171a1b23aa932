#include "ctl/spec/patch.h"

#include <algorithm>
#include <set>

#include "ctl/spec/bounds.h"
#include "ctl/spec/interfaces.h"
#include "ctl/spec/names.h"
#include "ctl/spec/shorthand.h"
#include "ctl/spec/tree.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// "net.address+" -> the key, the entry name for maps, and what is to be done.
struct Target {
  const Key* key = nullptr;
  std::string entry;
  char action = '=';
};

Target target_of(std::string_view name) {
  Target target;
  if (name.ends_with('+') || name.ends_with('-')) {
    target.action = name.back();
    name.remove_suffix(1);
  }
  target.key = find_key(name);
  if (target.key == nullptr) throw Error(ErrorKind::kInvalid, unknown_key(name));
  if (name != target.key->stem) target.entry = name.substr(target.key->stem.size() + 1);
  if (target.action != '=' && target.key->kind != Key::Kind::kList)
    throw Error(ErrorKind::kInvalid, "is no list: only lists take += and -=");
  return target;
}

bool contains(const Json& list, const Json& element) {
  return std::find(list.begin(), list.end(), element) != list.end();
}

// An element added twice, or one removed that is not there, leaves the list as it is: the same request may
// come twice. A command may repeat its arguments.
Json edited_list(const Json& old, const Json& elements, const Target& target) {
  const bool repeats = target.key->stem == "command";
  Json list = Json::array();
  for (const Json& element : old)
    if (target.action == '+' || !contains(elements, element)) list.push_back(element);
  if (target.action == '+')
    for (const Json& element : elements)
      if (repeats || !contains(list, element)) list.push_back(element);
  return list;
}

void assign_entry(Json& spec, const Target& target, std::string_view text) {
  target.key->check_entry(target.entry);
  Json& map = tree::place(spec, target.key->stem);
  if (!map.is_object()) map = Json::object();
  if (text.empty())
    map.erase(target.entry);
  else
    map[target.entry] = target.key->from_text(text);
  if (map.empty()) tree::erase(spec, target.key->stem);
}

// What is added to the addresses that it has of its pool does not take these away, as stating addresses alone
// would.
void state_pool(Json& spec) {
  const Json* mode = tree::find(spec, "net.mode");
  const bool routed = mode == nullptr || *mode == to_text(NetMode::kRouted);
  if (routed && tree::find(spec, "net.address") == nullptr && tree::find(spec, "net.pool") == nullptr)
    tree::place(spec, "net.pool") = std::string(kDefaultPool);
}

void assign(Json& spec, const Target& target, std::string_view text) {
  const Key& key = *target.key;
  if (!target.entry.empty()) return assign_entry(spec, target, text);
  if (text.empty()) {
    if (target.action == '=') tree::erase(spec, key.stem);
    return;
  }
  if (key.kind == Key::Kind::kMap)
    throw Error(ErrorKind::kInvalid, "has entries: set one, as in " + std::string(key.name) + "=...");
  Json value = key.from_text(text);
  if (target.action == '+' && key.stem == "net.address") state_pool(spec);
  if (target.action != '=') {
    const Json* old = tree::find(spec, key.stem);
    value = edited_list(old != nullptr && old->is_array() ? *old : Json::array(), value, target);
  }
  if (value.is_array() && value.empty())
    tree::erase(spec, key.stem);
  else
    tree::place(spec, key.stem) = std::move(value);
}

// As the key of the first interface, in a specification that has nothing else.
void assign_nic(Json& spec, std::string_view name, std::string_view text) {
  const auto [nic, key] = split_nic_key(name);
  check_nic_name(nic);
  const std::string place = "nic." + nic;
  const Json* old = tree::find(spec, place);
  Json part = {{"net", old != nullptr ? *old : Json::object()}};
  const Target target = target_of(key);
  if (std::string why = not_of_nics(*target.key); !why.empty()) throw Error(ErrorKind::kInvalid, why);
  assign(part, target, text);
  tree::place(spec, place) = part.value("net", Json::object());
}

void check_said_once(cgroups::Resource resource, std::string_view text,
                     const std::map<std::string, std::string>& assignments) {
  for (const auto& [name, other] : assignments)
    if (shorthand_says(resource, text, name))
      throw Error(ErrorKind::kInvalid, "says what `" + name + "` says too: give one of them");
}

void compare_entries(const Key& key, const Json& before, const Json& after, std::vector<Difference>& found) {
  std::set<std::string> names;
  for (const Json* side : {&before, &after})
    if (side->is_object())
      for (const auto& [name, value] : side->items()) names.insert(name);
  for (const std::string& name : names) {
    const Json old = before.is_object() ? before.value(name, Json()) : Json();
    const Json now = after.is_object() ? after.value(name, Json()) : Json();
    if (old != now) found.push_back({std::string(key.stem) + "." + name, old, now, key.when});
  }
}

Json entry_of(const Json& map, const std::string& name) {
  return map.is_object() ? map.value(name, Json::object()) : Json::object();
}

// Of each key of the interfaces on either side.
void compare_nics(const Json& before, const Json& after, std::vector<Difference>& found) {
  std::set<std::string> names;
  for (const Json* side : {&before, &after})
    if (side->is_object())
      for (const auto& [name, value] : side->items()) names.insert(name);
  for (const std::string& name : names)
    for (Difference& one : differences({{"net", entry_of(before, name)}}, {{"net", entry_of(after, name)}}))
      found.push_back({renamed(one.key, name), std::move(one.before), std::move(one.after), one.when});
}

}  // namespace

Json merge_patch(Json target, const Json& patch) {
  target.merge_patch(patch);  // recurses as deep as the patch, which parse_json bounds
  return target;
}

Json apply_assignments(Json spec, const std::map<std::string, std::string>& assignments) {
  FieldErrors errors;
  for (const auto& [name, text] : assignments) {
    try {
      if (const auto resource = shorthand_of(name)) {
        check_said_once(*resource, text, assignments);
        assign_shorthand(spec, *resource, text);
      } else if (is_nic_key(name)) {
        assign_nic(spec, name, text);
      } else {
        assign(spec, target_of(name), text);
      }
    } catch (const Error& error) {
      const std::string what =
          is_nic_key(name) ? renamed(error.what(), split_nic_key(name).nic) : error.what();
      if (errors.size() < kMaxErrors) errors.push_back({shown(name), what});
    }
  }
  if (!errors.empty()) throw Error(std::move(errors));
  return spec;
}

std::vector<Difference> differences(const Json& before, const Json& after) {
  std::vector<Difference> found;
  const Json none;
  for (const Key& key : keys()) {
    const Json* old = tree::find(before, key.stem);
    const Json* now = tree::find(after, key.stem);
    const Json& old_value = old != nullptr ? *old : none;
    const Json& now_value = now != nullptr ? *now : none;
    if (key.stem == "nic")
      compare_nics(old_value, now_value, found);
    else if (key.kind == Key::Kind::kMap)
      compare_entries(key, old_value, now_value, found);
    else if (old_value != now_value)
      found.push_back({std::string(key.stem), old_value, now_value, key.when});
  }
  return found;
}

}  // namespace croft::ctl
