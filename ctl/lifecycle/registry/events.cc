// The journal of events: numbered without gaps, bounded, replayable.
#include <string>

#include "ctl/lifecycle/registry/impl.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

std::uint64_t edge(Store& store, std::string_view sql) {
  Query query = store.database.query(sql);
  return query.next() ? static_cast<std::uint64_t>(query.number(0)) : 0;
}

// 0 when there are none.
std::uint64_t first_number(Store& store) {
  return edge(store, "SELECT min(number) FROM events");
}
std::uint64_t last_number(Store& store) {
  return edge(store, "SELECT max(number) FROM events");
}

Json json_or_null(const Store& store, const Query& row, int column) {
  return row.is_null(column) ? Json() : stored_json(store, row.text(column));
}

Event read_event(const Store& store, const Query& row) {
  Event event;
  event.number = static_cast<std::uint64_t>(row.number(0));
  event.time = row.text(1);
  event.kind = row.text(2);
  event.object = row.text(3);
  event.uuid = row.text(4);
  event.actor = json_or_null(store, row, 5);
  event.before = json_or_null(store, row, 6);
  event.after = json_or_null(store, row, 7);
  event.detail = json_or_null(store, row, 8);
  return event;
}

void check_still_there(Store& store, std::uint64_t after) {
  const std::uint64_t first = first_number(store);
  if (after + 1 >= first) return;
  throw Error(ErrorKind::kNotFound, "event " + std::to_string(after + 1) +
                                        " is no longer kept: the journal begins with " +
                                        std::to_string(first))
      .cure("read the state anew and go on with since=" + std::to_string(first - 1));
}

}  // namespace

std::uint64_t Registry::append_event(const EventDraft& event, std::string_view object,
                                     std::string_view uuid) {
  return impl_->change({Durability::kQuick, Room::kReserve, event.rehearsal},
                       [&](Store& store) { return add_event(store, event, object, uuid); });
}

std::vector<Event> Registry::events_after(std::uint64_t after, std::size_t limit) const {
  return impl_->read([&](Store& store) {
    check_still_there(store, after);
    Query query = store.database.query(
        "SELECT number, time, kind, object, uuid, actor, before, after, detail FROM events "
        "WHERE number > ? ORDER BY number LIMIT ?",
        static_cast<std::int64_t>(after), static_cast<std::int64_t>(limit));
    std::vector<Event> events;
    while (query.next()) events.push_back(read_event(store, query));
    return events;
  });
}

std::vector<Event> Registry::history(std::string_view object, std::uint64_t after, std::size_t limit) const {
  return impl_->read([&](Store& store) {
    Query query = store.database.query(
        "SELECT number, time, kind, object, uuid, actor, before, after, detail FROM "
        "(SELECT * FROM history UNION ALL SELECT * FROM events WHERE kind NOT LIKE 'resource.%') "
        "WHERE number > ?2 AND (?1 = '' OR object = ?1 OR uuid = ?1 OR (uuid <> '' AND uuid IN "
        "(SELECT uuid FROM history WHERE object = ?1 UNION SELECT uuid FROM events WHERE object = ?1))) "
        "ORDER BY number LIMIT ?3",
        object, static_cast<std::int64_t>(after), static_cast<std::int64_t>(limit));
    std::vector<Event> events;
    while (query.next()) events.push_back(read_event(store, query));
    return events;
  });
}

std::uint64_t Registry::first_event() const {
  return impl_->read(first_number);
}

std::uint64_t Registry::last_event() const {
  return impl_->read(last_number);
}

}  // namespace croft::ctl
