#include "ctl/fleet/fleet.h"

#include <algorithm>
#include <set>
#include <utility>

#include "ctl/fleet/numbered.h"
#include "ctl/spec/keys.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/tenant.h"
#include "netns/pool.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using Kind = Yaml::Kind;
using Lines = std::map<std::string, int>;  // of settings

constexpr std::uint64_t kMaxFirst = 1'000'000'000;

std::string kind_text(const Yaml& value) {
  if (value.kind == Kind::kMap) return "a map";
  if (value.kind == Kind::kList) return "a list";
  return value.kind == Kind::kText ? "a text" : "empty";
}

bool truth_of(const Yaml& value) {
  if (value.text == "yes" || value.text == "true") return true;
  if (value.text == "no" || value.text == "false") return false;
  throw Error(ErrorKind::kInvalid, "must be yes or no");
}

std::uint64_t number_of(const Yaml& value, std::uint64_t most) {
  const std::string& text = value.text;
  const bool digits =
      !text.empty() && text.size() <= 10 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoull(text) > most)
    throw Error(ErrorKind::kInvalid, "must be a number, at most " + std::to_string(most));
  return std::stoull(text);
}

// What `croft set` would be given for it. Elements of lists are texts, so that none is cut at a comma.
std::string setting_text(const Yaml& value) {
  if (value.kind != Kind::kList) return value.text;
  if (value.list.empty()) return {};
  Json list = Json::array();
  for (const Yaml& element : value.list) {
    if (element.kind != Kind::kText)
      throw Error(ErrorKind::kInvalid, "has an element that is " + kind_text(element) + ", no text");
    list.push_back(element.text);
  }
  return list.dump();
}

// One file. Each thing in it is read by itself, so that one that is wrong does not hide another.
class Reader {
 public:
  Reader(Fleet& fleet, std::string file, std::string tenant)
      : fleet_(fleet), file_(std::move(file)), tenant_(std::move(tenant)) {}

  void read(const Yaml& root);

 private:
  void read_tenant(const std::string& name, const Yaml& value);
  void read_pool(const std::string& name, const Yaml& value);
  void read_class(const std::string& name, const Yaml& value);
  void read_containers(const std::string& name, const Yaml& value);
  void read_defaults(const Yaml& value);
  std::vector<std::string> names_of(const std::string& pattern, const Yaml& value) const;
  void check_settings(const WantedContainer& wanted, const Lines& lines);
  void flatten(const Yaml& value, const std::string& path, Settings& settings, Lines& lines);
  [[nodiscard]] std::vector<std::string> prefixes_of(const Yaml& value);
  void complain(int line, const std::string& object, std::string path, const std::string& message);
  // Runs `read`; what it throws is a complaint, one for each field.
  template <class Read>
  void attempt(int line, const std::string& object, const std::string& path, const Read& read);

  Fleet& fleet_;
  std::string file_;
  std::string tenant_;
  std::string name_;  // of the fleet
  Settings defaults_;
  Lines default_lines_;
  std::optional<bool> default_running_;
};

void Reader::complain(int line, const std::string& object, std::string path, const std::string& message) {
  fleet_.wrong.push_back({{file_, line}, object, std::move(path), message});
}

template <class Read>
void Reader::attempt(int line, const std::string& object, const std::string& path, const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    complain(line, object, path, error.what());
  }
}

void Reader::read(const Yaml& root) {
  if (root.kind == Kind::kNull) return;
  if (root.kind != Kind::kMap) return complain(root.line, "", "", "a fleet is a map, not " + kind_text(root));
  using Read = void (Reader::*)(const std::string&, const Yaml&);
  const std::map<std::string_view, Read> parts{{"tenants", &Reader::read_tenant},
                                               {"pools", &Reader::read_pool},
                                               {"classes", &Reader::read_class},
                                               {"containers", &Reader::read_containers}};
  // Those that the others need come first, wherever they stand.
  if (const Yaml* name = root.find("fleet")) {
    name_ = name->text;
    if (name_.empty() || name_.size() > 63 || !is_clean_text(name_))
      complain(name->line, "", "fleet", "must be a text of at most 63 bytes");
  }
  if (const Yaml* defaults = root.find("defaults")) read_defaults(*defaults);
  for (const auto& [key, value] : root.map) {
    if (key == "fleet" || key == "defaults") continue;
    const auto part = parts.find(key);
    if (part == parts.end()) {
      complain(value.line, "", shown(key), "is none of fleet, defaults, tenants, pools, classes, containers");
    } else if (value.kind != Kind::kMap && value.kind != Kind::kNull) {
      complain(value.line, "", key, "must be a map of names, not " + kind_text(value));
    } else {
      for (const auto& [name, one] : value.map) (this->*part->second)(name, one);
    }
  }
}

// "memory: {limit: 1G}" is memory.limit; a map ends where a key of the table is.
void Reader::flatten(const Yaml& value, const std::string& path, Settings& settings, Lines& lines) {
  for (const YamlMember& member : value.map) {
    const Yaml& inner = member.value;
    const std::string whole = path.empty() ? member.key : path + "." + member.key;
    if (inner.kind == Kind::kMap) {
      flatten(inner, whole, settings, lines);
      continue;
    }
    attempt(inner.line, "", shown(whole), [&] {
      const std::string text = setting_text(inner);
      if (!settings.emplace(whole, text).second) throw Error(ErrorKind::kInvalid, "is there twice");
      lines[whole] = inner.line;
    });
  }
}

bool running_of(const Yaml& value) {
  if (value.text == "running") return true;
  if (value.text == "stopped") return false;
  throw Error(ErrorKind::kInvalid, "must be running or stopped");
}

// Without the members that are no settings.
Yaml settings_part(const Yaml& value, std::initializer_list<std::string_view> members) {
  Yaml part = value;
  std::erase_if(part.map, [&](const auto& entry) {
    return std::find(members.begin(), members.end(), entry.key) != members.end();
  });
  return part;
}

void Reader::read_defaults(const Yaml& value) {
  if (value.kind != Kind::kMap && value.kind != Kind::kNull)
    return complain(value.line, "", "defaults", "must be a map of settings, not " + kind_text(value));
  if (const Yaml* state = value.find("state"))
    attempt(state->line, "defaults", "state", [&] { default_running_ = running_of(*state); });
  flatten(settings_part(value, {"state"}), "", defaults_, default_lines_);
  try {
    apply_assignments(Json::object(), defaults_);
  } catch (const Error& error) {
    // Told here once; what is wrong in them would be wrong in every container.
    for (const runtime::FieldError& field : error.fields()) {
      const auto line = default_lines_.find(field.path);
      complain(line == default_lines_.end() ? value.line : line->second, "defaults", field.path,
               field.message);
      defaults_.erase(field.path);
    }
  }
}

std::vector<std::string> Reader::names_of(const std::string& pattern, const Yaml& value) const {
  const Yaml* count = value.find("count");
  const Yaml* first = value.find("first");
  const auto number = [](const Yaml* node, const char* what, std::uint64_t most) -> std::uint64_t {
    if (node == nullptr) return 1;
    try {
      return number_of(*node, most);
    } catch (Error& error) {
      throw error.wrap(what);
    }
  };
  if (count == nullptr && pattern.find('%') == std::string::npos) return {pattern};
  const std::uint64_t left = kMaxFleet - std::min(kMaxFleet, fleet_.containers.size());
  return numbered_names(pattern, number(count, "count", left), number(first, "first", kMaxFirst));
}

void Reader::read_containers(const std::string& name, const Yaml& value) {
  const std::string object = "container " + shown(name);
  if (value.kind != Kind::kMap && value.kind != Kind::kNull)
    return complain(value.line, object, "", "must be a map of settings, not " + kind_text(value));
  WantedContainer wanted;
  wanted.place = {file_, value.line};
  wanted.tenant = tenant_;
  wanted.fleet = name_;
  wanted.running = default_running_;
  if (const Yaml* state = value.find("state"))
    attempt(state->line, object, "state", [&] { wanted.running = running_of(*state); });
  Settings own;
  Lines lines = default_lines_;
  flatten(settings_part(value, {"state", "count", "first"}), "", own, lines);
  wanted.defaults = defaults_;
  wanted.settings = std::move(own);
  if (!name_.empty()) wanted.settings["label." + std::string(kFleetLabel)] = name_;
  const std::size_t before = fleet_.wrong.size();
  attempt(value.line, object, "", [&] {
    const std::size_t slash = name.find('/');
    if (slash != std::string::npos) wanted.tenant = name.substr(0, slash);
    check_tenant_name(wanted.tenant);
    for (std::string& one : names_of(slash == std::string::npos ? name : name.substr(slash + 1), value)) {
      check_container_name(one);
      wanted.name = std::move(one);
      if (fleet_.containers.size() == kMaxFleet)
        throw Error(ErrorKind::kInvalid, "is behind the 100,000 containers that one call can have");
      if (wanted.name.empty()) continue;
      fleet_.containers.push_back(wanted);
    }
  });
  if (fleet_.wrong.size() == before && !wanted.name.empty()) check_settings(wanted, lines);
}

// All numbered ones have the same settings: one look is enough.
void Reader::check_settings(const WantedContainer& wanted, const Lines& lines) {
  const std::string object = "container " + wanted.tenant + "/" + wanted.name;
  try {
    Json spec = stated_spec(wanted);
    // What there must be may be there already, in the container.
    if (!spec.contains("template")) spec["template"] = "stated-nowhere";
    static_cast<void>(parse_spec(spec));
  } catch (const Error& error) {
    for (const runtime::FieldError& field : error.fields()) {
      // "net.forward[1]" is told where net.forward stands; a shorthand where its resource does.
      std::string path = field.path;
      while (!path.empty() && !lines.contains(path))
        path.resize(path.find_last_of(".[") == std::string::npos ? 0 : path.find_last_of(".["));
      complain(path.empty() ? wanted.place.line : lines.at(path), object, field.path, field.message);
    }
    if (error.fields().empty()) complain(wanted.place.line, object, "", error.what());
  }
}

void Reader::read_tenant(const std::string& name, const Yaml& value) {
  const std::string object = "tenant " + shown(name);
  WantedTenant wanted{.place = {file_, value.line}, .name = name, .parent = {}, .labels = {}, .settings = {}};
  if (value.kind != Kind::kMap && value.kind != Kind::kNull)
    return complain(value.line, object, "", "must be a map, not " + kind_text(value));
  attempt(value.line, object, "", [&] { check_tenant_name(name); });
  if (const Yaml* parent = value.find("parent")) {
    wanted.parent = parent->text;
    attempt(parent->line, object, "parent", [&] { check_tenant_name(wanted.parent); });
  }
  if (const Yaml* labels = value.find("labels"))
    for (const auto& [key, label] : labels->map) wanted.labels[key] = label.text;
  Lines lines;
  flatten(settings_part(value, {"parent", "labels"}), "", wanted.settings, lines);
  try {
    parse_tenant_resources(apply_assignments(Json::object(), wanted.settings));
  } catch (const Error& error) {
    for (const runtime::FieldError& field : error.fields()) {
      const auto line = lines.find(field.path);
      complain(line == lines.end() ? value.line : line->second, object, field.path, field.message);
    }
  }
  fleet_.tenants.push_back(std::move(wanted));
}

std::vector<std::string> Reader::prefixes_of(const Yaml& value) {
  std::vector<std::string> prefixes;
  if (value.kind == Kind::kText) prefixes.push_back(netns::to_text(netns::parse_prefix(value.text)));
  if (value.kind == Kind::kMap) throw Error(ErrorKind::kInvalid, "must be a list of prefixes, not a map");
  for (const Yaml& one : value.list) prefixes.push_back(netns::to_text(netns::parse_prefix(one.text)));
  return prefixes;
}

void Reader::read_pool(const std::string& name, const Yaml& value) {
  const std::string object = "pool " + shown(name);
  WantedPool wanted{.place = {file_, value.line}, .name = name, .prefixes = {}, .nat = {}};
  attempt(value.line, object, "", [&] { check_pool_name(name); });
  if (value.kind != Kind::kMap) {
    attempt(value.line, object, "", [&] { wanted.prefixes = prefixes_of(value); });
  } else {
    for (const YamlMember& part : value.map)
      attempt(part.value.line, object, shown(part.key), [&] {
        if (part.key == "prefixes")
          wanted.prefixes = prefixes_of(part.value);
        else if (part.key == "nat")
          wanted.nat = truth_of(part.value);
        else
          throw Error(ErrorKind::kInvalid, "is neither prefixes nor nat");
      });
  }
  fleet_.pools.push_back(std::move(wanted));
}

void Reader::read_class(const std::string& name, const Yaml& value) {
  attempt(value.line, "class " + shown(name), "", [&] {
    Yaml number;
    number.text = name;
    number_of(number, 15);
    fleet_.classes.push_back({{file_, value.line}, name, prefixes_of(value)});
  });
}

template <class Things, class Name>
void find_twice(Fleet& fleet, const Things& things, const std::string& what, const Name& name_of) {
  std::map<std::string, const FilePlace*> seen;
  for (const auto& thing : things) {
    const std::string name = name_of(thing);
    const auto [first, added] = seen.emplace(name, &thing.place);
    if (added) continue;
    fleet.wrong.push_back(
        {thing.place, what + " " + name, "",
         "is there already, in " + first->second->file + ":" + std::to_string(first->second->line)});
  }
}

}  // namespace

Json stated_spec(const WantedContainer& wanted, Json spec) {
  return apply_assignments(apply_assignments(std::move(spec), wanted.defaults), wanted.settings);
}

std::string to_text(const Complaint& complaint) {
  std::string text = complaint.place.file;
  if (complaint.place.line > 0) text += ":" + std::to_string(complaint.place.line);
  for (const std::string& part : {complaint.object, complaint.path, complaint.message})
    if (!part.empty()) text += ": " + (is_clean_text(part) ? part : shown(part));
  return text;
}

void read_fleet(Fleet& fleet, const std::string& file, const std::string& text, const std::string& tenant) {
  try {
    Reader(fleet, file, tenant).read(parse_yaml(text));
  } catch (const Error& error) {
    fleet.wrong.push_back({{file, 0}, "", "", error.what()});
  }
}

void check_fleet(Fleet& fleet) {
  const auto name_of = [](const auto& thing) { return thing.name; };
  find_twice(fleet, fleet.tenants, "tenant", name_of);
  find_twice(fleet, fleet.pools, "pool", name_of);
  find_twice(fleet, fleet.classes, "class", name_of);
  find_twice(fleet, fleet.containers, "container",
             [](const WantedContainer& one) { return one.tenant + "/" + one.name; });
}

}  // namespace croft::ctl
