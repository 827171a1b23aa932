// Templates: what containers are made from, and which layers somebody still needs.
#include <algorithm>
#include <string>

#include "ctl/lifecycle/registry/impl.h"
#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

#define CROFT_TEMPLATE_COLUMNS                                                                          \
  "SELECT name, manifest, created, (SELECT count(*) FROM containers c WHERE c.template = t.name) FROM " \
  "templates t "

TemplateRecord read_template(const Store& store, const Query& row) {
  return {row.text(0), stored_json(store, row.text(1)), row.text(2),
          static_cast<std::uint64_t>(row.number(3))};
}

std::optional<TemplateRecord> template_named(Store& store, std::string_view name) {
  Query query = store.database.query(CROFT_TEMPLATE_COLUMNS "WHERE name = ?", name);
  if (!query.next()) return std::nullopt;
  return read_template(store, query);
}

void check_manifest(const Json& manifest) {
  const bool good = manifest.is_object() && manifest.contains("layers") && manifest["layers"].is_array() &&
                    std::all_of(manifest["layers"].begin(), manifest["layers"].end(),
                                [](const Json& layer) { return layer.is_string(); });
  if (!good) throw Error(ErrorKind::kInvalid, "a template's manifest needs a list `layers` of texts");
}

// What an event says of a manifest, which may be long.
Json template_json(const Json& manifest) {
  return {{"layers", manifest["layers"]}};
}

}  // namespace

TemplateRecord Registry::add_template(std::string_view name, const Json& manifest, const EventDraft& event,
                                      bool replace) {
  check_template_name(name);
  check_manifest(manifest);
  return impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    const auto old = template_named(store, name);
    if (old && !replace)
      throw Error(ErrorKind::kExists, "there is a template `" + std::string(name) + "` already");
    TemplateRecord record{std::string(name), manifest, store.now(), old ? old->containers : 0};
    store.database
        .query(
            "INSERT INTO templates (name, manifest, created) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET manifest = excluded.manifest, created = excluded.created",
            name, json_text(manifest), record.created)
        .run();
    add_event(store, event, name, "", old ? template_json(old->manifest) : Json(), template_json(manifest));
    return record;
  });
}

std::optional<TemplateRecord> Registry::find_template(std::string_view name) const {
  return impl_->read([&](Store& store) { return template_named(store, name); });
}

std::vector<TemplateRecord> Registry::templates() const {
  return impl_->read([](Store& store) {
    Query query = store.database.query(CROFT_TEMPLATE_COLUMNS "ORDER BY name");
    std::vector<TemplateRecord> records;
    while (query.next()) records.push_back(read_template(store, query));
    return records;
  });
}

void Registry::remove_template(std::string_view name, const EventDraft& event) {
  impl_->change({Durability::kDurable, Room::kFree, event.rehearsal}, [&](Store& store) {
    const auto record = template_named(store, name);
    if (!record)
      throw Error(ErrorKind::kNotFound, "there is no template `" + shown(name) + "`")
          .cure("`croft template list` shows which there are");
    if (record->containers != 0)
      throw Error(
          ErrorKind::kBusy,
          "template `" + record->name + "` is used by " +
              list_objects(store.database.query("SELECT tenant, name FROM containers WHERE template = ? "
                                                "ORDER BY tenant, name",
                                                name),
                           record->containers))
          .cure("destroy them first");
    store.database.query("DELETE FROM templates WHERE name = ?", name).run();
    add_event(store, event, name, "", template_json(record->manifest));
    return true;
  });
}

std::vector<std::string> Registry::layers_in_use() const {
  return impl_->read([](Store& store) {
    Query query = store.database.query(
        "SELECT l.value FROM templates t, json_each(t.manifest, '$.layers') l UNION "
        "SELECT l.value FROM containers c, json_each(c.layers) l ORDER BY 1");
    std::vector<std::string> layers;
    while (query.next()) layers.push_back(query.text(0));
    return layers;
  });
}

}  // namespace croft::ctl
