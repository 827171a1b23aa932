#include "ctl/lifecycle/context.h"

#include <algorithm>

#include "ctl/spec/names.h"
#include "runtime/error.h"

namespace croft::ctl {

using runtime::Error;
using runtime::ErrorKind;

Json to_json(const Actor& actor) {
  return {{"uid", actor.uid}, {"pid", actor.pid}, {"origin", actor.origin}};
}

EventDraft event_of(const Actor& actor, std::string kind, Json detail) {
  return {.kind = std::move(kind),
          .actor = to_json(actor),
          .before = nullptr,
          .after = nullptr,
          .detail = std::move(detail),
          .rehearsal = false};
}

EventDraft event_of(const Call& call, std::string kind, Json detail) {
  EventDraft event = event_of(call.actor, std::move(kind), std::move(detail));
  event.rehearsal = call.dry_run;
  return event;
}

ContainerRecord container_of(const Context& context, const Call& call) {
  const auto tenant = call.query.find("tenant");
  ContainerRecord record =
      context.registry.get(call.path.at("ref"), tenant == call.query.end() ? "default" : tenant->second);
  if (!record.trashed.is_null())
    throw Error(ErrorKind::kConflict, "`" + record.object() + "` is in the trash")
        .cure("croft undelete " + record.uuid);
  return record;
}

templates::Manifest manifest_of(const Context& context, const ContainerRecord& record) {
  const auto found = context.registry.find_template(record.template_name);
  if (!found)
    throw Error(ErrorKind::kNotFound,
                "the template `" + record.template_name + "` of `" + record.object() + "` is gone");
  templates::Manifest manifest = templates::manifest_from_json(found->manifest);
  manifest.layers = record.layers;  // it keeps those it was made from
  return manifest;
}

cgroups::GroupPath group_path(const Context& context, const ContainerRecord& record) {
  return {.root = context.host.options.cgroup_root,
          .tenant = context.control.tenant_path(record.tenant),
          .uuid = record.uuid};
}

runtime::ProcessName process_name(const ContainerRecord& record, std::uint64_t generation,
                                  std::uint64_t process) {
  runtime::ProcessName name;
  if (!runtime::parse_tag(record.uuid, &name.tag))
    throw Error(ErrorKind::kSystem, "`" + record.uuid + "` is no uuid");
  name.generation = generation;
  name.process = process;
  return name;
}

std::string uuid_of(const runtime::Tag& tag) {
  std::string text = runtime::tag_text(tag);
  for (const std::size_t place : {8U, 13U, 18U, 23U}) text.insert(place, "-");
  return text;
}

void check_members(const Json& body, std::initializer_list<std::string_view> known) {
  if (body.is_null()) return;
  if (!body.is_object()) throw Error(ErrorKind::kInvalid, "the request's body must be an object");
  std::vector<runtime::FieldError> wrong;
  const std::vector<std::string_view> names(known);
  for (const auto& [key, value] : body.items()) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    const std::string near = nearest(key, names);
    wrong.push_back({shown(key), near.empty() ? "is unknown" : "is unknown; did you mean `" + near + "`?"});
  }
  if (!wrong.empty()) throw Error(std::move(wrong));
}

std::map<std::string, std::string> assignments_of(const Call& call) {
  std::map<std::string, std::string> assignments;
  if (!call.body.contains("set")) return assignments;
  if (!call.body["set"].is_object()) throw runtime::wrong_field("set", "must be an object of texts");
  for (const auto& [key, value] : call.body["set"].items()) {
    if (!value.is_string()) throw runtime::wrong_field("set." + shown(key), "must be a text");
    assignments[key] = value;
  }
  return assignments;
}

Answer planned(const std::vector<runtime::Description>& changes) {
  Json list = Json::array();
  for (const runtime::Description& change : changes)
    list.push_back({{"do", change.verb}, {"object", change.object}, {"value", change.value}});
  return {.status = 200, .body = {{"changes", std::move(list)}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
