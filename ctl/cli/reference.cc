#include "ctl/cli/reference.h"

#include <fnmatch.h>

#include <algorithm>

#include "ctl/cli/figures.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kItemsAtOnce = "10000";  // a daemon on this host makes a whole list for each page

bool matches(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

// Unless it is among the first `known` of the list.
void add_new(std::vector<Target>& list, std::size_t known, Target target) {
  for (std::size_t i = 0; i < known; ++i)
    if (list[i].tenant == target.tenant && list[i].name == target.name) return;
  list.push_back(std::move(target));
}

void add_matches(Client& client, const Target& pattern, bool tenant_typed, std::vector<Target>& into) {
  const std::size_t before = into.size();
  bool any = false;
  for (const Json& item : fetch_containers(client, Selection({}, pattern.tenant).query(), "name,tenant")) {
    const std::string name = text_at(item, "name");
    const std::string tenant = text_at(item, "tenant");
    if (!matches(pattern.name, name) || !matches(pattern.tenant, tenant)) continue;
    any = true;
    add_new(into, before, {tenant, name, tenant_typed ? tenant + "/" + name : name});
  }
  if (!any)
    throw Error(ErrorKind::kNotFound, "no container matches `" + pattern.shown + "`")
        .cure("`croft list -A` shows which there are");
  std::sort(into.begin() + static_cast<std::ptrdiff_t>(before), into.end(),
            [](const Target& a, const Target& b) { return a.shown < b.shown; });
}

}  // namespace

bool is_glob(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

Target parse_target(const std::string& operand, const std::string& tenant) {
  const std::size_t slash = operand.find('/');
  if (slash == std::string::npos && !operand.empty()) return {tenant, operand, operand};
  const bool good = !operand.empty() && slash > 0 && slash + 1 < operand.size() &&
                    operand.find('/', slash + 1) == std::string::npos;
  if (!good) {
    throw Error(ErrorKind::kInvalid, "`" + operand + "` names no container")
        .cure("use NAME, TENANT/NAME or a uuid");
  }
  return {operand.substr(0, slash), operand.substr(slash + 1), operand};
}

std::string container_path(const Target& target, std::string_view verb,
                           std::map<std::string, std::string> query) {
  query["tenant"] = target.tenant;
  std::string path = "/v1/containers/" + percent_encoded(target.name);
  if (!verb.empty()) path += "/" + std::string(verb);
  return with_query(path, query);
}

Json fetch_list(Client& client, const std::string& path, std::map<std::string, std::string> query) {
  Json all = Json::array();
  while (true) {
    Json page = client.call("GET", with_query(path, query));
    for (Json& item : page.is_array() ? page : page["items"]) all.push_back(std::move(item));
    const std::string next = text_at(page, "next");
    if (next.empty()) return all;
    query["cursor"] = next;
  }
}

Json fetch_containers(Client& client, std::map<std::string, std::string> query, const std::string& fields) {
  query["limit"] = kItemsAtOnce;
  if (!fields.empty()) query["fields"] = fields;
  return fetch_list(client, "/v1/containers", std::move(query));
}

std::vector<Target> expand_targets(Client& client, const std::vector<std::string>& operands,
                                   const std::string& tenant) {
  std::vector<Target> targets;
  for (const std::string& operand : operands) {
    Target target = parse_target(operand, tenant);
    if (is_glob(operand)) {
      add_matches(client, target, operand.find('/') != std::string::npos, targets);
    } else {
      add_new(targets, targets.size(), std::move(target));
    }
  }
  return targets;
}

Selection::Selection(const std::vector<std::string>& operands, const std::string& tenant)
    : tenant_(tenant), wide_(is_glob(tenant)) {
  for (const std::string& operand : operands) {
    patterns_.push_back(parse_target(operand, tenant));
    wide_ = wide_ || patterns_.back().tenant != tenant;
  }
  if (operands.empty()) patterns_.push_back({tenant, "*", "*"});
}

bool Selection::takes(const std::string& tenant, const std::string& name, const std::string& uuid) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Target& pattern) {
    return matches(pattern.tenant, tenant) && (matches(pattern.name, name) || pattern.name == uuid);
  });
}

std::map<std::string, std::string> Selection::query() const {
  if (wide_) return {{"all_tenants", "1"}};
  return {{"tenant", tenant_}};
}

std::vector<std::string> expand_names(const std::vector<std::string>& patterns, const Json& list,
                                      std::string_view what) {
  std::vector<std::string> names;
  for (const std::string& pattern : patterns) {
    const std::size_t before = names.size();
    if (!is_glob(pattern)) names.push_back(pattern);
    for (const Json& item : list)
      if (is_glob(pattern) && matches(pattern, text_at(item, "name"))) names.push_back(text_at(item, "name"));
    if (names.size() == before)
      throw Error(ErrorKind::kNotFound, "no " + std::string(what) + " matches `" + pattern + "`");
  }
  return names;
}

}  // namespace croft::ctl
