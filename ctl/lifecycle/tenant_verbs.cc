// tenant.*
#include "cgroups/group.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/lifecycle/view.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "ctl/spec/tenant.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json tenant_json(const TenantRecord& tenant) {
  return {{"name", tenant.name},
          {"parent", tenant.parent.empty() ? Json() : Json(tenant.parent)},
          {"created", tenant.created},
          {"labels", tenant.labels},
          {"resources", tenant_resources_json(tenant.resources)},
          {"containers", tenant.containers},
          {"children", tenant.children}};
}

TenantRecord tenant_of(const Context& context, const std::string& name) {
  auto found = context.registry.find_tenant(name);
  if (!found)
    throw Error(ErrorKind::kNotFound, "there is no tenant `" + name + "`")
        .cure("`croft tenant list` shows which there are");
  return *std::move(found);
}

Json labels_of(const Call& call, const Json& before) {
  Json labels = call.body.value("labels", Json::object());
  std::vector<runtime::FieldError> wrong;
  if (!labels.is_object()) throw runtime::wrong_field("labels", "must be an object of texts");
  Json merged = before;
  merged.merge_patch(labels);
  if (merged.size() > kMaxLabels)
    wrong.push_back({"labels", "has more than " + std::to_string(kMaxLabels) + " entries"});
  for (const auto& [key, value] : merged.items())
    if (!value.is_string() || value.get<std::string>().size() > kMaxLabelValue ||
        !is_clean_text(value.get<std::string>()) || key.empty() || key.size() > kMaxLabelKey ||
        !is_clean_text(key))
      wrong.push_back({"labels." + shown(key), "must be a short text without control characters"});
  if (!wrong.empty()) throw Error(std::move(wrong));
  return merged;
}

// The body's `resources`, a merge patch, and `set`, assignments as on the command line.
cgroups::Resources resources_of(const Call& call, const cgroups::Resources& before) {
  Json wanted = tenant_resources_json(before);
  if (call.body.contains("resources")) wanted = merge_patch(wanted, call.body["resources"]);
  wanted = apply_assignments(wanted, assignments_of(call));
  return parse_tenant_resources(wanted);
}

std::string text_member(const Call& call, const char* name) {
  if (!call.body.contains(name) || call.body[name].is_null()) return {};
  if (!call.body[name].is_string()) throw runtime::wrong_field(name, "must be a text");
  return call.body[name];
}

std::vector<runtime::Description> describe(const TenantRecord& before, const TenantRecord& after) {
  std::vector<runtime::Description> changes;
  if (before.labels != after.labels)
    changes.push_back({"set", "labels of tenant " + after.name, after.labels.dump()});
  for (const Difference& d :
       differences(tenant_resources_json(before.resources), tenant_resources_json(after.resources)))
    changes.push_back({"set", d.key + " of tenant " + after.name, find_key(d.key)->to_text(d.after)});
  return changes;
}

}  // namespace

void put_tenant(Context& context, const TenantRecord& tenant) {
  context.control.put_tenant(tenant.name, tenant.parent, tenant.resources);
}

Answer list_tenants(Context& context, const Call&) {
  Json items = Json::array();
  for (const TenantRecord& tenant : context.registry.tenants()) items.push_back(tenant_json(tenant));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer create_tenant(Context& context, const Call& call) {
  check_members(call.body, {"name", "parent", "labels", "resources", "set"});
  NewTenant wanted;
  wanted.name = text_member(call, "name");
  if (wanted.name.empty()) throw runtime::wrong_field("name", "is missing, or is not a text");
  check_tenant_name(wanted.name);
  wanted.parent = text_member(call, "parent");
  wanted.labels = labels_of(call, Json::object());
  wanted.resources = resources_of(call, {});
  context.control.check_tenant(wanted.name, wanted.parent, wanted.resources);
  const TenantRecord tenant = context.registry.add_tenant(wanted, event_of(call, "tenant.created"));
  if (call.dry_run) {
    std::vector<runtime::Description> changes = describe(TenantRecord{}, tenant);
    changes.insert(changes.begin(), {"record", "tenant " + tenant.name,
                                     tenant.parent.empty() ? "" : "below tenant " + tenant.parent});
    return planned(changes);
  }
  put_tenant(context, tenant);
  return {.status = 201, .body = tenant_json(tenant), .etag = "", .location = "/v1/tenants/" + tenant.name};
}

Answer show_tenant(Context& context, const Call& call) {
  return {.status = 200,
          .body = tenant_json(tenant_of(context, call.path.at("name"))),
          .etag = "",
          .location = ""};
}

Answer set_tenant(Context& context, const Call& call) {
  check_members(call.body, {"labels", "resources", "set"});
  const TenantRecord before = tenant_of(context, call.path.at("name"));
  const cgroups::Resources wanted = resources_of(call, before.resources);
  context.control.check_tenant(before.name, before.parent, wanted);
  const TenantRecord after = context.registry.change_tenant(before.name, labels_of(call, before.labels),
                                                            wanted, event_of(call, "tenant.changed"));
  if (call.dry_run) return planned(describe(before, after));
  put_tenant(context, after);
  refresh_notes(context, after.name);
  return {.status = 200, .body = tenant_json(after), .etag = "", .location = ""};
}

Answer remove_tenant(Context& context, const Call& call) {
  const std::string& name = call.path.at("name");
  context.registry.remove_tenant(name, event_of(call, "tenant.removed"));
  if (call.dry_run) return planned({{"forget", "tenant " + name, ""}});
  const std::string path = context.control.tenant_path(name);
  context.control.remove_tenant(name);
  cgroups::remove_shared(context.host.layout, context.host.options.cgroup_root, path);
  return {.status = 200, .body = {{"name", name}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
