// tenant.*
#include "cgroups/group.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json tenant_json(const TenantRecord& tenant) {
  return {{"name", tenant.name},
          {"created", tenant.created},
          {"labels", tenant.labels},
          {"containers", tenant.containers}};
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

}  // namespace

Answer list_tenants(Context& context, const Call&) {
  Json items = Json::array();
  for (const TenantRecord& tenant : context.registry.tenants()) items.push_back(tenant_json(tenant));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer create_tenant(Context& context, const Call& call) {
  check_members(call.body, {"name", "labels"});
  if (!call.body.contains("name") || !call.body["name"].is_string())
    throw runtime::wrong_field("name", "is missing, or is not a text");
  const std::string name = call.body["name"];
  check_tenant_name(name);
  const Json labels = labels_of(call, Json::object());
  const TenantRecord tenant = context.registry.add_tenant(name, labels, event_of(call, "tenant.created"));
  if (call.dry_run) return planned({{"record", "tenant " + name, ""}});
  return {.status = 201, .body = tenant_json(tenant), .etag = "", .location = "/v1/tenants/" + name};
}

Answer show_tenant(Context& context, const Call& call) {
  return {.status = 200,
          .body = tenant_json(tenant_of(context, call.path.at("name"))),
          .etag = "",
          .location = ""};
}

Answer set_tenant(Context& context, const Call& call) {
  check_members(call.body, {"labels"});
  const TenantRecord before = tenant_of(context, call.path.at("name"));
  const Json labels = labels_of(call, before.labels);
  const TenantRecord after =
      context.registry.set_tenant_labels(before.name, labels, event_of(call, "tenant.changed"));
  if (call.dry_run) return planned({{"set", "labels of tenant " + before.name, labels.dump()}});
  return {.status = 200, .body = tenant_json(after), .etag = "", .location = ""};
}

Answer remove_tenant(Context& context, const Call& call) {
  const std::string& name = call.path.at("name");
  context.registry.remove_tenant(name, event_of(call, "tenant.removed"));
  if (call.dry_run) return planned({{"forget", "tenant " + name, ""}});
  cgroups::remove_shared(context.host.layout, context.host.options.cgroup_root, name);
  return {.status = 200, .body = {{"name", name}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
