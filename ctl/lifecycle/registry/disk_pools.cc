// Pools for containers' files: which there are, and what is to become of them.
#include <array>

#include "ctl/lifecycle/registry/impl.h"
#include "ctl/spec/bounds.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::array<std::pair<DiskPoolState, std::string_view>, 4> kPoolStates{
    {{DiskPoolState::kMaking, "making"},
     {DiskPoolState::kReady, "ready"},
     {DiskPoolState::kGrowing, "growing"},
     {DiskPoolState::kRemoving, "removing"}}};

DiskPoolState state_of(const Store& store, const std::string& text) {
  for (const auto& [state, name] : kPoolStates)
    if (name == text) return state;
  throw Error(ErrorKind::kSystem,
              "the registry `" + store.database.path() + "` knows a pool in the state `" + text + "`");
}

#define CROFT_DISK_POOL_COLUMNS                                   \
  "SELECT name, kind, directory, bytes, state, created, "         \
  "(SELECT count(*) FROM containers c WHERE c.spec ->> 'pool' = " \
  "p.name) FROM disk_pools p "

DiskPoolRecord read_pool(const Store& store, const Query& row) {
  return {.name = row.text(0),
          .kind = row.text(1),
          .directory = row.text(2),
          .bytes = static_cast<std::uint64_t>(row.number(3)),
          .state = state_of(store, row.text(4)),
          .created = row.text(5),
          .containers = static_cast<std::uint64_t>(row.number(6))};
}

std::optional<DiskPoolRecord> pool_named(Store& store, std::string_view name) {
  Query query = store.database.query(CROFT_DISK_POOL_COLUMNS "WHERE name = ?", name);
  if (!query.next()) return std::nullopt;
  return read_pool(store, query);
}

DiskPoolRecord need_pool(Store& store, std::string_view name) {
  if (auto record = pool_named(store, name)) return *std::move(record);
  throw Error(ErrorKind::kNotFound, "there is no pool `" + shown(name) + "`")
      .cure("`croft pool list` shows which there are");
}

void check_free(Store& store, const DiskPoolRecord& wanted) {
  if (wanted.name == kDefaultDiskPool || pool_named(store, wanted.name))
    throw Error(ErrorKind::kExists, "there is a pool `" + wanted.name + "` already");
  Query taken = store.database.query("SELECT name FROM disk_pools WHERE directory = ?", wanted.directory);
  if (taken.next())
    throw Error(ErrorKind::kExists, "`" + wanted.directory + "` is the pool `" + taken.text(0) + "`");
  Query count = store.database.query("SELECT count(*) FROM disk_pools");
  if (count.next() && count.number(0) >= static_cast<std::int64_t>(kMaxDiskPools))
    throw Error(ErrorKind::kExhausted, "there are " + std::to_string(kMaxDiskPools) + " pools already");
}

bool may_become(DiskPoolState from, DiskPoolState to) {
  if (to == DiskPoolState::kReady) return from == DiskPoolState::kMaking || from == DiskPoolState::kGrowing;
  return to == DiskPoolState::kGrowing && (from == DiskPoolState::kReady || from == DiskPoolState::kGrowing);
}

[[noreturn]] void fail_in_state(const DiskPoolRecord& record) {
  throw Error(ErrorKind::kConflict,
              "the pool `" + record.name + "` is " +
                  (record.state == DiskPoolState::kRemoving ? "being removed" : "not made yet"));
}

Json pool_json(const DiskPoolRecord& record) {
  return {{"kind", record.kind},
          {"directory", record.directory},
          {"bytes", record.bytes},
          {"state", to_text(record.state)}};
}

void check_unused(Store& store, const DiskPoolRecord& record) {
  if (record.containers == 0) return;
  throw Error(ErrorKind::kBusy,
              "the pool `" + record.name + "` holds the files of " +
                  list_objects(store.database.query("SELECT tenant, name FROM containers WHERE spec ->> "
                                                    "'pool' = ? ORDER BY tenant, name",
                                                    record.name),
                               record.containers))
      .cure("destroy them first");
}

}  // namespace

std::string_view to_text(DiskPoolState state) {
  for (const auto& [one, text] : kPoolStates)
    if (one == state) return text;
  return "unknown";
}

void need_disk_pool(Store& store, std::string_view name) {
  if (name == kDefaultDiskPool) return;
  const DiskPoolRecord record = need_pool(store, name);
  if (record.state == DiskPoolState::kMaking || record.state == DiskPoolState::kRemoving)
    fail_in_state(record);
}

DiskPoolRecord Registry::add_disk_pool(const DiskPoolRecord& wanted, const EventDraft& event) {
  check_pool_name(wanted.name);
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    check_free(store, wanted);
    store.database
        .query(
            "INSERT INTO disk_pools (name, kind, directory, bytes, state, created) VALUES (?, ?, ?, ?, ?, ?)",
            wanted.name, wanted.kind, wanted.directory, static_cast<std::int64_t>(wanted.bytes),
            to_text(DiskPoolState::kMaking), store.now())
        .run();
    DiskPoolRecord record = need_pool(store, wanted.name);
    add_event(store, event, record.name, "", {}, pool_json(record));
    return record;
  });
}

DiskPoolRecord Registry::note_disk_pool(std::string_view name, DiskPoolState state, std::uint64_t bytes,
                                        const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kReserve, event.rehearsal}, [&](Store& store) {
    const DiskPoolRecord before = need_pool(store, name);
    if (!may_become(before.state, state)) fail_in_state(before);
    store.database
        .query("UPDATE disk_pools SET state = ?, bytes = ? WHERE name = ?", to_text(state),
               static_cast<std::int64_t>(bytes), name)
        .run();
    DiskPoolRecord record = need_pool(store, name);
    add_event(store, event, name, "", pool_json(before), pool_json(record));
    return record;
  });
}

std::optional<DiskPoolRecord> Registry::find_disk_pool(std::string_view name) const {
  return impl_->read([&](Store& store) { return pool_named(store, name); });
}

std::vector<DiskPoolRecord> Registry::disk_pools() const {
  return impl_->read([](Store& store) {
    Query query = store.database.query(CROFT_DISK_POOL_COLUMNS "ORDER BY name");
    std::vector<DiskPoolRecord> records;
    while (query.next()) records.push_back(read_pool(store, query));
    return records;
  });
}

DiskPoolRecord Registry::begin_remove_disk_pool(std::string_view name, const EventDraft& event) {
  return impl_->change({Durability::kDurable, Room::kReserve, event.rehearsal}, [&](Store& store) {
    DiskPoolRecord record = need_pool(store, name);
    check_unused(store, record);
    if (record.state == DiskPoolState::kRemoving) return record;
    record.state = DiskPoolState::kRemoving;
    store.database.query("UPDATE disk_pools SET state = ? WHERE name = ?", to_text(record.state), name).run();
    add_event(store, event, name, "", pool_json(record));
    return record;
  });
}

void Registry::finish_remove_disk_pool(std::string_view name, const EventDraft& event) {
  impl_->change({Durability::kDurable, Room::kReserve, event.rehearsal}, [&](Store& store) {
    const DiskPoolRecord record = need_pool(store, name);
    store.database.query("DELETE FROM disk_pools WHERE name = ?", name).run();
    add_event(store, event, name, "", pool_json(record));
    return true;
  });
}

}  // namespace croft::ctl
