// Tenants: who containers belong to. They form trees, and a name is there once.
#include <algorithm>
#include <string>

#include "ctl/lifecycle/registry/impl.h"
#include "ctl/spec/names.h"
#include "ctl/spec/tenant.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

#define CROFT_TENANT_COLUMNS                                      \
  "SELECT name, parent, created, labels, resources, "             \
  "(SELECT count(*) FROM containers c WHERE c.tenant = t.name), " \
  "(SELECT count(*) FROM tenants b WHERE b.parent = t.name), rowid FROM tenants t "

TenantRecord read_tenant(const Store& store, const Query& row) {
  TenantRecord record;
  record.name = row.text(0);
  record.parent = row.text(1);
  record.created = row.text(2);
  record.labels = stored_json(store, row.text(3));
  record.resources = parse_tenant_resources(stored_json(store, row.text(4)));
  record.containers = static_cast<std::uint64_t>(row.number(5));
  record.children = static_cast<std::uint64_t>(row.number(6));
  record.number = static_cast<std::uint32_t>(row.number(7));
  return record;
}

std::optional<TenantRecord> tenant(Store& store, std::string_view name) {
  Query query = store.database.query(CROFT_TENANT_COLUMNS "WHERE name = ?", name);
  if (!query.next()) return std::nullopt;
  return read_tenant(store, query);
}

TenantRecord need_tenant(Store& store, std::string_view name) {
  if (auto record = tenant(store, name)) return *std::move(record);
  throw Error(ErrorKind::kNotFound, "there is no tenant `" + shown(name) + "`")
      .cure("`croft tenant list` shows which there are");
}

std::vector<std::string> lineage_of(Store& store, std::string_view name) {
  std::vector<std::string> chain;
  for (std::string next(name); !next.empty(); next = need_tenant(store, next).parent) chain.push_back(next);
  std::reverse(chain.begin(), chain.end());
  return chain;
}

void check_depth(Store& store, const NewTenant& wanted) {
  if (wanted.parent.empty()) return;
  const std::vector<std::string> above = lineage_of(store, wanted.parent);
  if (above.size() < kMaxTenantDepth) return;
  std::string path;
  for (const std::string& name : above) path += name + "/";
  throw Error(ErrorKind::kRefused, "`" + path + wanted.name + "` would be deeper than " +
                                       std::to_string(kMaxTenantDepth) + " tenants")
      .cure("choose a parent further up");
}

Json tenant_json(const TenantRecord& record) {
  return {{"parent", record.parent.empty() ? Json() : Json(record.parent)},
          {"labels", record.labels},
          {"resources", tenant_resources_json(record.resources)}};
}

void insert_tenant(Store& store, const TenantRecord& record) {
  std::optional<std::string_view> parent;
  if (!record.parent.empty()) parent = record.parent;
  store.database
      .query("INSERT INTO tenants (name, parent, created, labels, resources) VALUES (?, ?, ?, ?, ?)",
             record.name, parent, record.created, json_text(record.labels),
             json_text(tenant_resources_json(record.resources)))
      .run();
}

void check_unused(Store& store, const TenantRecord& record) {
  if (record.containers != 0)
    throw Error(ErrorKind::kBusy,
                "tenant `" + record.name + "` has " +
                    list_objects(store.database.query("SELECT tenant, name FROM containers WHERE tenant = ? "
                                                      "ORDER BY name",
                                                      record.name),
                                 record.containers))
        .cure("destroy them first");
  if (record.children != 0)
    throw Error(ErrorKind::kBusy,
                "tenant `" + record.name + "` has the tenants " +
                    list_objects(store.database.query("SELECT parent, name FROM tenants WHERE parent = ? "
                                                      "ORDER BY name",
                                                      record.name),
                                 record.children))
        .cure("remove them first");
}

}  // namespace

TenantRecord Registry::add_tenant(const NewTenant& wanted, const EventDraft& event) {
  check_tenant_name(wanted.name);
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    if (tenant(store, wanted.name))
      throw Error(ErrorKind::kExists, "there is a tenant `" + wanted.name + "` already");
    check_depth(store, wanted);
    TenantRecord record;
    record.name = wanted.name;
    record.parent = wanted.parent;
    record.created = store.now();
    if (!wanted.labels.is_null()) record.labels = wanted.labels;
    record.resources = wanted.resources;
    insert_tenant(store, record);
    add_event(store, event, record.name, "", {}, tenant_json(record));
    return record;
  });
}

std::optional<TenantRecord> Registry::find_tenant(std::string_view name) const {
  return impl_->read([&](Store& store) { return tenant(store, name); });
}

std::vector<TenantRecord> Registry::tenants() const {
  return impl_->read([](Store& store) {
    Query query = store.database.query(CROFT_TENANT_COLUMNS "ORDER BY name");
    std::vector<TenantRecord> records;
    while (query.next()) records.push_back(read_tenant(store, query));
    return records;
  });
}

std::vector<std::string> Registry::lineage(std::string_view name) const {
  return impl_->read([&](Store& store) { return lineage_of(store, need_tenant(store, name).name); });
}

TenantRecord Registry::change_tenant(std::string_view name, const Json& labels,
                                     const cgroups::Resources& resources, const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    TenantRecord record = need_tenant(store, name);
    if (record.labels == labels && record.resources == resources) return record;
    const Json before = tenant_json(record);
    record.labels = labels;
    record.resources = resources;
    store.database
        .query("UPDATE tenants SET labels = ?, resources = ? WHERE name = ?", json_text(labels),
               json_text(tenant_resources_json(resources)), name)
        .run();
    add_event(store, event, name, "", before, tenant_json(record));
    return record;
  });
}

void Registry::remove_tenant(std::string_view name, const EventDraft& event) {
  impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    const TenantRecord record = need_tenant(store, name);
    if (name == "default")
      throw Error(ErrorKind::kRefused, "the tenant `default` cannot be removed")
          .cure("it owns the containers that are named without a tenant");
    check_unused(store, record);
    store.database.query("DELETE FROM tenants WHERE name = ?", name).run();
    add_event(store, event, name, "", tenant_json(record));
    return true;
  });
}

}  // namespace croft::ctl
