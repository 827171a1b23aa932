#include "ctl/lifecycle/registry/store.h"

#include <algorithm>
#include <utility>

#include "ctl/lifecycle/registry/identity.h"
#include "ctl/lifecycle/registry/schema.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

#define CROFT_CONTAINER_COLUMNS                                                                          \
  "SELECT c.uuid, c.tenant, c.name, c.template, c.layers, c.spec, c.state, c.reason, c.generation, "     \
  "c.revision, c.created, c.started, c.last_exit, r.base, "                                              \
  "(SELECT group_concat(nic || '=' || address, ' ') FROM "                                               \
  "(SELECT nic, address FROM addresses a WHERE a.uuid = c.uuid AND NOT a.coming ORDER BY a.position)), " \
  "c.plan_values, c.suspended, c.trashed "                                                               \
  "FROM containers c JOIN id_ranges r ON r.uuid = c.uuid "

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

ContainerRecord read_names(Store& store, const Query& row) {
  ContainerRecord record;
  record.uuid = row.text(0);
  record.tenant = row.text(1);
  record.name = row.text(2);
  record.template_name = row.text(3);
  record.state = state_of(row.text(6)).value_or(State::kFailed);
  if (row.is_null(17)) return record;
  record.trashed = stored_json(store, row.text(17));
  record.name = record.trashed.value("name", record.name);
  record.trashed.erase("name");
  return record;
}

ContainerRecord read_container(Store& store, const Query& row) {
  ContainerRecord record = read_names(store, row);
  record.layers = stored_json(store, row.text(4)).get<std::vector<std::string>>();
  record.spec = store.specs.of(row.text(5), [&] { return stored_json(store, row.text(5)); });
  record.reason = row.text(7);
  record.generation = static_cast<std::uint64_t>(row.number(8));
  record.revision = static_cast<std::uint64_t>(row.number(9));
  record.created = row.text(10);
  record.started = row.text(11);
  if (!row.is_null(12)) record.last_exit = stored_json(store, row.text(12));
  record.id_base = static_cast<std::uint32_t>(row.number(13));
  for (const std::string& word : words(row.text(14))) {
    const std::size_t end = word.find('=');
    (end == 0 ? record.addresses : record.nic_addresses[word.substr(0, end)]).push_back(word.substr(end + 1));
  }
  if (!row.is_null(15)) record.plan_values = stored_json(store, row.text(15));
  if (!row.is_null(16)) record.suspended = stored_json(store, row.text(16));
  return record;
}

RegistryOptions completed(RegistryOptions options) {
  if (!options.now) options.now = utc_now;
  return options;
}

std::optional<std::string> text_or_null(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return json_text(json);
}

// Every so many events the oldest go, so that the journal has between N and N + this.
constexpr std::uint64_t kTrimStep = 64;

// Of what was changed the history keeps it.
void forget_events(Store& store, std::int64_t up_to) {
  store.database
      .query(
          "INSERT INTO history SELECT number, time, kind, object, uuid, actor, before, after, detail "
          "FROM events WHERE number <= ? AND kind NOT LIKE 'resource.%'",
          up_to)
      .run();
  store.database.query("DELETE FROM events WHERE number <= ?", up_to).run();
}

}  // namespace

Store::Store(RegistryOptions given)
    : options(completed(std::move(given))), database({.path = options.path, .busy_ms = options.busy_ms}) {
  prepare_schema(database, now());
}

// The newest event is never trimmed, so that the next number (SQLite takes the largest plus one) goes on from
// it.
std::uint64_t add_event(Store& store, const EventDraft& draft, std::string_view object, std::string_view uuid,
                        const Json& before, const Json& after) {
  store.database
      .query(
          "INSERT INTO events (time, kind, object, uuid, actor, before, after, detail) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          store.now(), draft.kind, object, uuid, text_or_null(draft.actor),
          text_or_null(draft.before.is_null() ? before : draft.before),
          text_or_null(draft.after.is_null() ? after : draft.after), text_or_null(draft.detail))
      .run();
  store.has_news = true;
  const auto number = static_cast<std::uint64_t>(store.database.last_row());
  const std::uint64_t limit = std::max<std::uint64_t>(store.options.journal_limit, 1);
  if (number % kTrimStep == 0 && number > limit)
    forget_events(store, static_cast<std::int64_t>(number - limit));
  return number;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json stored_json(const Store& store, const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception&) {
    throw Error(ErrorKind::kSystem,
                "the registry `" + store.database.path() + "` is damaged (no JSON where it was)")
        .cure("stop croftd, keep a copy of the file, and restore a backup");
  }
}

std::optional<ContainerRecord> container_by_uuid(Store& store, std::string_view uuid) {
  Query query = store.database.query(CROFT_CONTAINER_COLUMNS "WHERE c.uuid = ?", uuid);
  if (!query.next()) return std::nullopt;
  return read_container(store, query);
}

std::optional<ContainerRecord> container_by_name(Store& store, std::string_view tenant,
                                                 std::string_view name) {
  Query query =
      store.database.query(CROFT_CONTAINER_COLUMNS "WHERE c.tenant = ? AND c.name = ?", tenant, name);
  if (!query.next()) return std::nullopt;
  return read_container(store, query);
}

ContainerRecord container_by_ref(Store& store, std::string_view ref, std::string_view tenant) {
  const bool by_uuid = looks_like_uuid(ref);
  auto record = by_uuid ? container_by_uuid(store, ref) : container_by_name(store, tenant, ref);
  if (record) return *std::move(record);
  throw Error(ErrorKind::kNotFound,
              "there is no container `" + (by_uuid ? "" : shown(tenant) + "/") + shown(ref) + "`")
      .cure("`croft list -A` shows which there are");
}

std::vector<ContainerRecord> containers_matching(Store& store, const ContainerFilter& filter) {
  std::optional<std::string_view> state;
  if (filter.state) state = to_text(*filter.state);
  std::optional<std::int64_t> trashed;
  if (filter.trashed) trashed = *filter.trashed ? 1 : 0;
  Query query = store.database.query(
      CROFT_CONTAINER_COLUMNS
      "WHERE c.uuid > ?1 AND (?2 IS NULL OR c.tenant = ?2) AND (?3 IS NULL OR c.state = ?3) "
      "AND (?4 IS NULL OR c.template = ?4) "
      "AND (?6 IS NULL OR (c.trashed IS NOT NULL) = ?6) ORDER BY c.uuid LIMIT ?5",
      filter.after_uuid, filter.tenant, state, filter.template_name,
      filter.limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(filter.limit), trashed);
  std::vector<ContainerRecord> records;
  while (query.next())
    records.push_back(filter.names_only ? read_names(store, query) : read_container(store, query));
  return records;
}

std::string list_objects(Query query, std::uint64_t count) {
  std::string text;
  std::uint64_t named = 0;
  for (; named < 3 && query.next(); ++named)
    text += (text.empty() ? "`" : ", `") + query.text(0) + "/" + query.text(1) + "`";
  if (count > named) text += " and " + std::to_string(count - named) + " more";
  return text;
}

Json export_container(const ContainerRecord& record) {
  return {{"uuid", record.uuid},
          {"tenant", record.tenant},
          {"name", record.name},
          {"template", record.template_name.empty() ? Json() : Json(record.template_name)},
          {"layers", record.layers},
          {"spec", record.spec.json()},
          {"plan_values", record.plan_values},
          {"trashed", record.trashed},
          {"state", to_text(record.state)},
          {"reason", record.reason.empty() ? Json() : Json(record.reason)},
          {"generation", record.generation},
          {"revision", record.revision},
          {"created", record.created},
          {"started", record.started.empty() ? Json() : Json(record.started)},
          {"last_exit", record.last_exit},
          {"id_range", {{"base", record.id_base}, {"size", kIdRangeSize}}},
          {"addresses", record.addresses},
          {"nic_addresses", record.nic_addresses}};
}

}  // namespace croft::ctl
