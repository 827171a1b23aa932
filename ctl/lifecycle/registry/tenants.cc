// Tenants: who containers belong to.
#include <string>

#include "ctl/lifecycle/registry/impl.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

#define CROFT_TENANT_COLUMNS                                                                                \
  "SELECT name, created, labels, (SELECT count(*) FROM containers c WHERE c.tenant = t.name) FROM tenants " \
  "t "

TenantRecord read_tenant(const Store& store, const Query& row) {
  return {row.text(0), row.text(1), stored_json(store, row.text(2)),
          static_cast<std::uint64_t>(row.number(3))};
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

Json tenant_json(const TenantRecord& record) {
  return {{"labels", record.labels}};
}

}  // namespace

TenantRecord Registry::add_tenant(std::string_view name, const Json& labels, const EventDraft& event) {
  check_tenant_name(name);
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    if (tenant(store, name))
      throw Error(ErrorKind::kExists, "there is a tenant `" + std::string(name) + "` already");
    TenantRecord record{std::string(name), store.now(), labels.is_null() ? Json::object() : labels, 0};
    store.database
        .query("INSERT INTO tenants (name, created, labels) VALUES (?, ?, ?)", name, record.created,
               json_text(record.labels))
        .run();
    add_event(store, event, name, "", {}, tenant_json(record));
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

TenantRecord Registry::set_tenant_labels(std::string_view name, const Json& labels, const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    TenantRecord record = need_tenant(store, name);
    if (record.labels == labels) return record;
    const Json before = tenant_json(record);
    record.labels = labels;
    store.database.query("UPDATE tenants SET labels = ? WHERE name = ?", json_text(labels), name).run();
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
    if (record.containers != 0)
      throw Error(
          ErrorKind::kBusy,
          "tenant `" + record.name + "` has " +
              list_objects(store.database.query(
                               "SELECT tenant, name FROM containers WHERE tenant = ? ORDER BY name", name),
                           record.containers))
          .cure("destroy them first");
    store.database.query("DELETE FROM tenants WHERE name = ?", name).run();
    add_event(store, event, name, "", tenant_json(record));
    return true;
  });
}

}  // namespace croft::ctl
