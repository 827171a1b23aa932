// container.list, container.show, container.logs.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "cgroups/live.h"
#include "ctl/lifecycle/console_log.h"
#include "ctl/lifecycle/inits.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/spec/json.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

Json usage_json(Context& context, const ContainerRecord& record) {
  try {
    const cgroups::Group group(context.host.layout, group_path(context, record));
    const cgroups::Usage usage = cgroups::usage(group);
    Json json = {{"memory_bytes", nullptr}, {"cpu_us", nullptr}, {"tasks", nullptr}};
    if (usage.memory) json["memory_bytes"] = usage.memory->count;
    if (usage.cpu) json["cpu_us"] = usage.cpu->count;
    if (usage.tasks) json["tasks"] = *usage.tasks;
    return json;
  } catch (const Error&) {  // it is just ending
    return nullptr;
  }
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

}  // namespace

Json container_json(Context& context, const ContainerRecord& record, bool with_usage) {
  const Runtime runtime = runtime_of(context, record);
  return {{"uuid", record.uuid},
          {"name", record.name},
          {"tenant", record.tenant},
          {"state", to_text(record.state)},
          {"reason", record.reason.empty() ? Json() : Json(record.reason)},
          {"template", record.template_name},
          {"labels", record.spec.json().value("label", Json::object())},
          {"created", record.created},
          {"spec", record.spec.json()},
          {"generation", record.generation},
          {"addresses", all_addresses(record)},
          {"id_range", {{"base", record.id_base}, {"size", kIdRangeSize}}},
          {"init", {{"kind", init_kind(context, record)}, {"pid", runtime.pid}}},
          {"started", record.started.empty() ? Json() : Json(record.started)},
          {"up", runtime.up},
          {"last_exit", record.last_exit},
          {"usage", with_usage && has_run(record.state) ? usage_json(context, record) : Json()}};
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
    items.push_back(container_json(context, record, true));
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
