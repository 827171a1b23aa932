#include "ctl/lifecycle/registry/registry.h"

#include <utility>

#include "ctl/lifecycle/registry/impl.h"
#include "runtime/error.h"

namespace croft::ctl {

using runtime::Error;
using runtime::ErrorKind;

Registry::Registry(RegistryOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Registry::~Registry() = default;

namespace {

void put_kept(Store& store, std::string_view kind, std::string_view key, std::string_view text) {
  store.database
      .query(
          "INSERT INTO kept (kind, key, text, time) VALUES (?, ?, ?, ?) "
          "ON CONFLICT (kind, key) DO UPDATE SET text = excluded.text, time = excluded.time",
          kind, key, text, store.now())
      .run();
}

void drop_kept(Store& store, std::string_view kind, std::string_view key) {
  store.database.query("DELETE FROM kept WHERE kind = ? AND key = ?", kind, key).run();
}

}  // namespace

void Registry::keep(std::string_view kind, std::string_view key, std::string_view text) {
  impl_->change({Durability::kQuick, Room::kReserve}, [&](Store& store) {
    put_kept(store, kind, key, text);
    return true;
  });
}

std::optional<std::string> Registry::kept(std::string_view kind, std::string_view key) const {
  return impl_->read([&](Store& store) -> std::optional<std::string> {
    Query query = store.database.query("SELECT text FROM kept WHERE kind = ? AND key = ?", kind, key);
    if (!query.next()) return std::nullopt;
    return query.text(0);
  });
}

std::vector<std::pair<std::string, std::string>> Registry::all_kept(std::string_view kind,
                                                                    std::string_view prefix) const {
  return impl_->read([&](Store& store) {
    Query query = store.database.query(
        "SELECT key, text FROM kept WHERE kind = ? AND substr(key, 1, length(?2)) = ?2 ORDER BY rowid", kind,
        prefix);
    std::vector<std::pair<std::string, std::string>> all;
    while (query.next()) all.emplace_back(query.text(0), query.text(1));
    return all;
  });
}

void Registry::forget(std::string_view kind, std::string_view key) {
  impl_->change({Durability::kQuick, Room::kReserve}, [&](Store& store) {
    drop_kept(store, kind, key);
    return true;
  });
}

void Registry::set_kept(std::string_view kind, std::string_view key, const std::optional<std::string>& text,
                        const EventDraft& event) {
  const Room room = text ? Room::kFree : Room::kReserve;
  impl_->change({Durability::kDurable, room, event.rehearsal}, [&](Store& store) {
    if (text)
      put_kept(store, kind, key, *text);
    else
      drop_kept(store, kind, key);
    add_event(store, event, key, "");
    return true;
  });
}

void Registry::checkpoint() {
  impl_->read([](Store& store) {
    store.database.checkpoint();
    return true;
  });
}

void Registry::check() const {
  impl_->read([](Store& store) {
    Query whole = store.database.query("PRAGMA integrity_check(1)");
    const std::string found = whole.next() ? whole.text(0) : "no answer";
    Query references = store.database.query("PRAGMA foreign_key_check");
    const bool dangling = references.next();
    if (found != "ok" || dangling)
      throw Error(ErrorKind::kSystem, "the registry `" + store.database.path() + "` is damaged (" +
                                          (dangling ? "dangling reference in " + references.text(0) : found) +
                                          ")")
          .cure("stop croftd, keep a copy of the file, and restore a backup");
    return true;
  });
}

}  // namespace croft::ctl
