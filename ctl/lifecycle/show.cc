// container.list, container.show, container.logs.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cgroups/live.h"
#include "ctl/lifecycle/console_log.h"
#include "ctl/lifecycle/inits.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/resources/control.h"
#include "ctl/spec/json.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json usage_json(const cgroups::Usage& usage) {
  Json json = {{"memory_bytes", nullptr}, {"cpu_us", nullptr}, {"tasks", nullptr}};
  if (usage.memory) json["memory_bytes"] = usage.memory->count;
  if (usage.cpu) json["cpu_us"] = usage.cpu->count;
  if (usage.tasks) json["tasks"] = *usage.tasks;
  return json;
}

Json usage_now(Context& context, const ContainerRecord& record) {
  if (!has_run(record.state)) return nullptr;
  try {
    return usage_json(cgroups::usage({context.host.layout, group_path(context, record)}));
  } catch (const Error&) {  // it is just ending
    return nullptr;
  }
}

// By the governor's open files, where it has begun to govern.
Json usage_of_many(Context& context, const ContainerRecord& record) {
  if (!has_run(record.state)) return nullptr;
  const auto seen = context.control.glance(record.uuid);
  return seen ? usage_json({seen->memory, seen->cpu, seen->tasks}) : usage_now(context, record);
}

std::string init_kind(Context& context, const ContainerRecord& record) {
  const Spec& spec = record.spec.parsed();
  if (spec.init != InitKind::kAuto) return std::string(to_text(spec.init));
  if (!spec.command.empty()) return "command";
  const auto found = context.registry.find_template(record.template_name);
  return found ? found->manifest.value("init", "none") : "unknown";
}

struct Runtime {
  Json pid = nullptr;
  Json up = nullptr;
};

Runtime runtime_of(Context& context, const ContainerRecord& record) {
  if (!has_run(record.state)) return {};  // its record is written before its descriptors are given up
  const std::shared_ptr<Live> live = context.live.at(record.uuid);
  const std::lock_guard lock(live->mutex);
  Runtime runtime;
  if (!live->running) return runtime;
  runtime.pid = live->pid;
  if (!live->up.empty()) runtime.up = live->up;
  return runtime;
}

std::uint64_t number_of(const Call& call, const char* name, std::uint64_t fallback) {
  const auto found = call.query.find(name);
  if (found == call.query.end()) return fallback;
  try {
    return parse_count(found->second);
  } catch (const Error& error) {
    throw runtime::wrong_field(name, error.what());
  }
}

LogStart log_start(const Call& call) {
  LogStart start{.place = {}, .tail = std::min(number_of(call, "tail", kMaxLogPiece), kMaxLogPiece)};
  if (const auto from = call.query.find("from"); from != call.query.end()) start.place = from->second;
  return start;
}

}  // namespace

namespace {

// Of the first interface first.
std::vector<std::string> all_addresses(const ContainerRecord& record) {
  std::vector<std::string> all = record.addresses;
  for (const auto& [name, addresses] : record.nic_addresses)
    all.insert(all.end(), addresses.begin(), addresses.end());
  return all;
}

// Each costs; of thousands only what is asked for is made.
struct Field {
  const char* name;
  Json (*of)(Context&, const ContainerRecord&);
};

Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

constexpr std::array kFields{
    Field{"uuid", [](Context&, const ContainerRecord& one) { return Json(one.uuid); }},
    Field{"name", [](Context&, const ContainerRecord& one) { return Json(one.name); }},
    Field{"tenant", [](Context&, const ContainerRecord& one) { return Json(one.tenant); }},
    Field{"state", [](Context&, const ContainerRecord& one) { return Json(to_text(one.state)); }},
    Field{"reason", [](Context&, const ContainerRecord& one) { return or_null(one.reason); }},
    Field{"template", [](Context&, const ContainerRecord& one) { return Json(one.template_name); }},
    Field{
        "labels",
        [](Context&, const ContainerRecord& one) { return one.spec.json().value("label", Json::object()); }},
    Field{"created", [](Context&, const ContainerRecord& one) { return Json(one.created); }},
    Field{"spec", [](Context&, const ContainerRecord& one) { return one.spec.json(); }},
    Field{"generation", [](Context&, const ContainerRecord& one) { return Json(one.generation); }},
    Field{"addresses", [](Context&, const ContainerRecord& one) { return Json(all_addresses(one)); }},
    Field{"id_range",
          [](Context&, const ContainerRecord& one) {
            return Json{{"base", one.id_base}, {"size", kIdRangeSize}};
          }},
    Field{"init",
          [](Context& context, const ContainerRecord& one) {
            return Json{{"kind", init_kind(context, one)}, {"pid", runtime_of(context, one).pid}};
          }},
    Field{"started", [](Context&, const ContainerRecord& one) { return or_null(one.started); }},
    Field{"up", [](Context& context, const ContainerRecord& one) { return runtime_of(context, one).up; }},
    Field{"last_exit", [](Context&, const ContainerRecord& one) { return one.last_exit; }},
    Field{"suspended", [](Context&, const ContainerRecord& one) { return one.suspended; }},
};

Json listed_json(Context& context, const ContainerRecord& record, const std::vector<std::string>& fields) {
  const auto wanted = [&](const char* name) {
    return fields.empty() || std::find(fields.begin(), fields.end(), name) != fields.end();
  };
  Json json = Json::object();
  for (const Field& field : kFields)
    if (wanted(field.name)) json[field.name] = field.of(context, record);
  if (wanted("usage")) json["usage"] = usage_of_many(context, record);
  return json;
}

}  // namespace

Json container_json(Context& context, const ContainerRecord& record, bool with_usage) {
  Json json = Json::object();
  for (const Field& field : kFields) json[field.name] = field.of(context, record);
  json["usage"] = with_usage ? usage_now(context, record) : Json();
  return json;
}

Answer container_answer(Context& context, const std::string& uuid) {
  const ContainerRecord record = context.registry.get(uuid);
  return {.status = 200,
          .body = container_json(context, record, false),
          .etag = std::to_string(record.revision),
          .location = ""};
}

ContainerFilter filter_of(const Context& context, const Call& call) {
  ContainerFilter filter;
  filter.trashed = false;
  const auto all = call.query.find("all_tenants");
  if (all != call.query.end() && all->second == "1") return filter;
  const auto tenant = call.query.find("tenant");
  filter.tenant = tenant == call.query.end() ? "default" : tenant->second;
  if (!context.registry.find_tenant(*filter.tenant))
    throw Error(ErrorKind::kNotFound, "there is no tenant `" + *filter.tenant + "`")
        .cure("`croft tenant list` shows which there are");
  return filter;
}

Answer list_containers(Context& context, const Call& call) {
  Json items = Json::array();
  for (const ContainerRecord& record : context.registry.containers(filter_of(context, call)))
    items.push_back(listed_json(context, record, call.fields));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

Answer show_container(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  return {.status = 200,
          .body = container_json(context, record, true),
          .etag = std::to_string(record.revision),
          .location = ""};
}

Answer container_logs(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  const LogPiece piece = read_log(console_log(context.host, record.uuid), log_start(call));
  // Consoles carry any bytes; JSON carries UTF-8 only.
  const std::string clean = Json(piece.data).dump(-1, ' ', false, Json::error_handler_t::replace);
  return {.status = 200,
          .body = {{"data", Json::parse(clean)}, {"next", piece.next}, {"skipped", piece.skipped}},
          .etag = "",
          .location = ""};
}

}  // namespace croft::ctl
