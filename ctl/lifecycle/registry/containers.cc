// Containers from their first record to their last.
#include <algorithm>
#include <utility>

#include "ctl/lifecycle/registry/identity.h"
#include "ctl/lifecycle/registry/impl.h"
#include "ctl/spec/names.h"
#include "ctl/spec/patch.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

void need_tenant(Store& store, std::string_view tenant) {
  if (store.database.query("SELECT 1 FROM tenants WHERE name = ?", tenant).next()) return;
  throw Error(ErrorKind::kNotFound, "there is no tenant `" + shown(tenant) + "`")
      .cure("make it: croft tenant create");
}

void need_free_name(Store& store, std::string_view tenant, std::string_view name) {
  if (!store.database.query("SELECT 1 FROM containers WHERE tenant = ? AND name = ?", tenant, name).next())
    return;
  throw Error(ErrorKind::kExists,
              "there is a container `" + std::string(tenant) + "/" + std::string(name) + "` already");
}

// The layers of the template, which the container keeps also when the template is replaced.
Json layers_of_template(Store& store, const std::string& name) {
  if (name.empty()) return Json::array();
  Query query = store.database.query("SELECT manifest FROM templates WHERE name = ?", name);
  if (!query.next())
    throw Error(ErrorKind::kNotFound, "there is no template `" + shown(name) + "`")
        .cure("see croft template list");
  return stored_json(store, query.text(0)).value("layers", Json::array());
}

bool is_buried(Store& store, std::string_view uuid) {
  return store.database.query("SELECT 1 FROM tombstones WHERE uuid = ?", Blob{uuid_bytes(uuid)}).next();
}

std::string unused_uuid(Store& store) {
  for (;;) {
    std::string uuid = new_uuid();
    const bool taken = store.database.query("SELECT 1 FROM containers WHERE uuid = ?", uuid).next();
    if (!taken && !is_buried(store, uuid)) return uuid;
  }
}

std::optional<std::string> text_or_null(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json_text(json);
}

void insert_container(Store& store, const ContainerRecord& record, const std::string& spec) {
  std::optional<std::string_view> template_name;
  if (!record.template_name.empty()) template_name = record.template_name;
  store.database
      .query(
          "INSERT INTO containers (uuid, tenant, name, template, layers, spec, state, reason, generation, "
          "revision, "
          "created, started, last_exit, plan_values) VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 1, ?, '', NULL, ?)",
          record.uuid, record.tenant, record.name, template_name, json_text(record.layers), spec,
          to_text(record.state), record.created, text_or_null(record.plan_values))
      .run();
}

Json state_json(const ContainerRecord& record) {
  Json json{{"state", to_text(record.state)}};
  if (!record.reason.empty()) json["reason"] = record.reason;
  return json;
}

void store_state(Store& store, const ContainerRecord& record) {
  store.database
      .query(
          "UPDATE containers SET state = ?, reason = ?, generation = ?, started = ?, last_exit = ? WHERE "
          "uuid = ?",
          to_text(record.state), record.reason, static_cast<std::int64_t>(record.generation), record.started,
          text_or_null(record.last_exit), record.uuid)
      .run();
}

void store_plan_values(Store& store, ContainerRecord& record, const Json& values) {
  record.plan_values = values;
  store.database
      .query("UPDATE containers SET plan_values = ? WHERE uuid = ?", text_or_null(values), record.uuid)
      .run();
}

ContainerRecord changeable(Store& store, std::string_view uuid,
                           std::optional<std::uint64_t> expected_revision) {
  ContainerRecord record = container_by_ref(store, uuid, "");
  if (expected_revision && *expected_revision != record.revision)
    throw Error(ErrorKind::kConflict, "`" + record.object() + "` was changed meanwhile: it has revision " +
                                          std::to_string(record.revision) + ", not " +
                                          std::to_string(*expected_revision))
        .cure("read it again and repeat the change");
  if (record.state == State::kDestroying)
    throw Error(ErrorKind::kConflict, "`" + record.object() + "` is being destroyed");
  return record;
}

// {"memory.limit": .., "env.LANG": ..} of one side.
Json side_of(const std::vector<Difference>& found, Json Difference::*side) {
  Json json = Json::object();
  for (const Difference& difference : found) json[difference.key] = difference.*side;
  return json;
}

// Of a new one, whose first interface has got its addresses.
Spec first_alone(const Spec& spec) {
  Spec first;
  first.net = spec.net;
  return first;
}

bool touches_network(const std::vector<Difference>& found) {
  return std::any_of(found.begin(), found.end(), [](const Difference& one) {
    return one.key.starts_with("net.") || one.key.starts_with("nic.");
  });
}

void settle_lending(Store& store, std::string_view uuid) {
  end_lending(store, uuid);
  store.database.query("DELETE FROM kept WHERE kind = ? AND key = ?", kKeptReaddress, uuid).run();
}

}  // namespace

ContainerRecord Registry::create_container(const NewContainer& wanted, const EventDraft& event) {
  check_container_name(wanted.name);
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    need_tenant(store, wanted.tenant);
    need_free_name(store, wanted.tenant, wanted.name);
    need_disk_pool(store, wanted.spec.parsed().pool.value_or(std::string(kDefaultDiskPool)));
    ContainerRecord record;
    record.uuid = unused_uuid(store);
    record.tenant = wanted.tenant;
    record.name = wanted.name;
    record.template_name = wanted.template_name;
    record.layers = wanted.layers
                        ? *wanted.layers
                        : layers_of_template(store, wanted.template_name).get<std::vector<std::string>>();
    const std::string text = json_text(wanted.spec.json());
    record.spec = store.specs.of(text, [&] { return wanted.spec; });
    record.plan_values = wanted.plan_values;
    record.created = store.now();
    insert_container(store, record, text);
    record.id_base = lease_ids(store, record.uuid);
    record.addresses = lease_addresses(store, record.uuid, wanted.addresses, wanted.pool);
    lease_interfaces(store, record, first_alone(wanted.spec.parsed()));
    lease_forwards(store, record);
    Json after = state_json(record);
    after["spec"] = record.spec.json();
    after["addresses"] = record.addresses;
    if (!record.nic_addresses.empty()) after["nic_addresses"] = record.nic_addresses;
    add_event(store, event, record.object(), record.uuid, {}, after);
    return record;
  });
}

std::optional<ContainerRecord> Registry::find(std::string_view ref, std::string_view tenant) const {
  return impl_->read([&](Store& store) {
    return looks_like_uuid(ref) ? container_by_uuid(store, ref) : container_by_name(store, tenant, ref);
  });
}

ContainerRecord Registry::get(std::string_view ref, std::string_view tenant) const {
  return impl_->read([&](Store& store) { return container_by_ref(store, ref, tenant); });
}

std::vector<ContainerRecord> Registry::containers(const ContainerFilter& filter) const {
  return impl_->read([&](Store& store) { return containers_matching(store, filter); });
}

ContainerRecord Registry::update_spec(std::string_view uuid, std::optional<std::uint64_t> expected_revision,
                                      const Json& spec, const EventDraft& event,
                                      const std::optional<Json>& plan_values) {
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    ContainerRecord record = changeable(store, uuid, expected_revision);
    if (plan_values) store_plan_values(store, record, *plan_values);
    const std::vector<Difference> found = differences(record.spec.json(), spec);
    if (found.empty()) return record;
    const KeptSpec before = std::exchange(record.spec, spec);
    ++record.revision;
    if (touches_network(found)) {
      lease_interfaces(store, record, before.parsed());
      settle_lending(store, uuid);
    }
    lease_forwards(store, record);
    store.database
        .query("UPDATE containers SET spec = ?, revision = ? WHERE uuid = ?", json_text(spec),
               static_cast<std::int64_t>(record.revision), uuid)
        .run();
    add_event(store, event, record.object(), uuid, side_of(found, &Difference::before),
              side_of(found, &Difference::after));
    return record;
  });
}

ContainerRecord Registry::rename(std::string_view uuid, std::optional<std::uint64_t> expected_revision,
                                 std::string_view name, const EventDraft& event) {
  check_container_name(name);
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    ContainerRecord record = changeable(store, uuid, expected_revision);
    if (record.name == name) return record;
    need_free_name(store, record.tenant, name);
    const std::string object = record.object();
    const Json before{{"name", record.name}};
    record.name = name;
    ++record.revision;
    store.database
        .query("UPDATE containers SET name = ?, revision = ? WHERE uuid = ?", name,
               static_cast<std::int64_t>(record.revision), uuid)
        .run();
    add_event(store, event, object, uuid, before, {{"name", name}});
    return record;
  });
}

ContainerRecord Registry::note_state(std::string_view uuid, const StateNote& note, const EventDraft& event) {
  return impl_->change({Durability::kQuick, Room::kReserve, event.rehearsal}, [&](Store& store) {
    ContainerRecord record = container_by_ref(store, uuid, "");
    check_move(record.state, note.state, record.object());
    const Json before = state_json(record);
    record.state = note.state;
    record.reason = note.reason;
    if (note.generation) record.generation = *note.generation;
    if (note.started) record.started = *note.started;
    if (note.last_exit) record.last_exit = *note.last_exit;
    store_state(store, record);
    add_event(store, event, record.object(), uuid, before, state_json(record));
    return record;
  });
}

ContainerRecord Registry::note_reason(std::string_view uuid, std::string_view reason,
                                      const EventDraft& event) {
  return impl_->change({Durability::kQuick, Room::kReserve, event.rehearsal}, [&](Store& store) {
    ContainerRecord record = container_by_ref(store, uuid, "");
    if (record.reason == reason) return record;
    const Json before = state_json(record);
    record.reason = reason;
    store_state(store, record);
    add_event(store, event, record.object(), uuid, before, state_json(record));
    return record;
  });
}

ContainerRecord Registry::set_suspended(std::string_view uuid, const Json& suspended,
                                        const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kReserve, event.rehearsal}, [&](Store& store) {
    ContainerRecord record = changeable(store, uuid, {});
    const Json before = std::exchange(record.suspended, suspended);
    store.database
        .query("UPDATE containers SET suspended = ? WHERE uuid = ?", text_or_null(suspended), record.uuid)
        .run();
    add_event(store, event, record.object(), record.uuid, {{"suspended", before}},
              {{"suspended", suspended}});
    return record;
  });
}

ContainerRecord Registry::set_trashed(std::string_view uuid, const Json& trashed, std::string_view name,
                                      const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kReserve, event.rehearsal}, [&](Store& store) {
    ContainerRecord record = changeable(store, uuid, {});
    const Json before = std::exchange(record.trashed, trashed);
    std::string stored_name(name);
    Json stored = trashed;
    if (trashed.is_null()) {
      need_free_name(store, record.tenant, name);
      record.name = name;
    } else {
      stored["name"] = record.name;
      stored_name = "." + record.uuid;  // which no name can be
    }
    ++record.revision;
    store.database
        .query("UPDATE containers SET trashed = ?, name = ?, revision = ? WHERE uuid = ?",
               text_or_null(stored), stored_name, static_cast<std::int64_t>(record.revision), record.uuid)
        .run();
    add_event(store, event, record.object(), record.uuid, {{"trashed", before}}, {{"trashed", trashed}});
    return record;
  });
}

ContainerRecord Registry::set_template(std::string_view uuid, std::string_view name,
                                       const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    ContainerRecord record = changeable(store, uuid, {});
    const Json before{{"template", record.template_name}};
    record.template_name = name;
    record.layers = layers_of_template(store, record.template_name).get<std::vector<std::string>>();
    Json spec = record.spec.json();
    spec["template"] = name;
    record.spec = std::move(spec);
    ++record.revision;
    store.database
        .query("UPDATE containers SET template = ?, layers = ?, spec = ?, revision = ? WHERE uuid = ?", name,
               json_text(record.layers), json_text(record.spec.json()),
               static_cast<std::int64_t>(record.revision), record.uuid)
        .run();
    add_event(store, event, record.object(), record.uuid, before, {{"template", name}});
    return record;
  });
}

ContainerRecord Registry::begin_readdress(std::string_view uuid, const Json& spec) {
  return impl_->change({Durability::kQuick, Room::kFree}, [&](Store& store) {
    ContainerRecord record = changeable(store, uuid, {});
    const KeptSpec before = std::exchange(record.spec, spec);
    lend_interfaces(store, record, before.parsed());
    const Json intent = {
        {"spec", spec}, {"addresses", record.addresses}, {"nic_addresses", record.nic_addresses}};
    store.database
        .query("INSERT OR REPLACE INTO kept (kind, key, text, time) VALUES (?, ?, ?, ?)", kKeptReaddress,
               uuid, json_text(intent), store.now())
        .run();
    return record;
  });
}

std::optional<ContainerRecord> Registry::begun_readdress(const ContainerRecord& record) const {
  const auto text = kept(kKeptReaddress, record.uuid);
  if (!text) return std::nullopt;
  return impl_->read([&](Store& store) {
    const Json intent = stored_json(store, *text);
    ContainerRecord wanted = record;
    wanted.spec = intent.at("spec");
    intent.at("addresses").get_to(wanted.addresses);
    intent.at("nic_addresses").get_to(wanted.nic_addresses);
    return wanted;
  });
}

void Registry::end_readdress(std::string_view uuid) {
  impl_->change({Durability::kQuick, Room::kReserve}, [&](Store& store) {
    settle_lending(store, uuid);
    return true;
  });
}

ContainerRecord Registry::begin_destroy(std::string_view uuid, const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kReserve, event.rehearsal}, [&](Store& store) {
    ContainerRecord record = container_by_ref(store, uuid, "");
    if (record.state == State::kDestroying) return record;
    check_move(record.state, State::kDestroying, record.object());
    const Json before = state_json(record);
    record.state = State::kDestroying;
    record.reason.clear();
    store_state(store, record);
    store.database.query("INSERT INTO tombstones (uuid) VALUES (?)", Blob{uuid_bytes(uuid)}).run();
    add_event(store, event, record.object(), uuid, before, state_json(record));
    return record;
  });
}

void Registry::finish_destroy(std::string_view uuid, const EventDraft& event) {
  impl_->change({Durability::kQuick, Room::kReserve, event.rehearsal}, [&](Store& store) {
    const ContainerRecord record = container_by_ref(store, uuid, "");
    if (record.state != State::kDestroying)
      throw Error(ErrorKind::kConflict, "`" + record.object() + "` is " + std::string(to_text(record.state)) +
                                            " and not being destroyed");
    end_leases(store, uuid);
    store.database.query("DELETE FROM containers WHERE uuid = ?", uuid).run();
    add_event(store, event, record.object(), uuid, state_json(record));
    return true;
  });
}

bool Registry::is_tombstone(std::string_view uuid) const {
  if (!looks_like_uuid(uuid)) return false;
  return impl_->read([&](Store& store) { return is_buried(store, uuid); });
}

}  // namespace croft::ctl
