// container.resources, resources.list: what containers hold of each resource, and what they may.
#include "cgroups/resources.h"
#include "cgroups/usage.h"
#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/resources/control.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Resource;

Json or_null(const std::optional<std::uint64_t>& value) {
  return value ? Json(*value) : Json();
}

// What is left of the bucket, null where there is none.
const cgroups::Credit* credit_of(const Holding& holding, Resource resource) {
  switch (resource) {
    case Resource::kCpu:
      return &holding.cpu;
    case Resource::kMemory:
      return &holding.memory;
    case Resource::kIo:
      return &holding.io;
    case Resource::kIops:
      return &holding.iops;
    case Resource::kNetIn:
      return &holding.net_in;
    case Resource::kNetOut:
      return &holding.net_out;
    default:
      return nullptr;
  }
}

Json burst_json(const cgroups::Words& words, const cgroups::Credit* credit) {
  if (!words.burst || credit == nullptr) return nullptr;
  return {{"amount", words.burst->amount},
          {"period_us", or_null(words.burst->period_us)},
          {"left", credit->left},
          {"allowed", cgroups::allowed(*credit)}};
}

Json row_json(Resource resource, const cgroups::Words& words, const Holding& holding) {
  const auto index = static_cast<std::size_t>(resource);
  return {{"resource", cgroups::to_text(resource)},
          {"unit", unit_text(cgroups::unit_of(resource))},
          {"held", holding.counted[index] ? Json(holding.held[index]) : Json()},
          {"maxheld", holding.counted[index] ? Json(holding.maxheld[index]) : Json()},
          {"guarantee", words.guarantee},
          {"barrier", or_null(words.barrier ? words.barrier : words.limit)},
          {"limit", or_null(words.limit)},
          {"burst", burst_json(words, credit_of(holding, resource))},
          {"share", words.share},
          {"failcnt", holding.failcnt[index]}};
}

// Those that something keeps or counts today; the others come with what enforces them.
constexpr std::array kShown{Resource::kCpu,          Resource::kMemory, Resource::kSwap,
                            Resource::kMemswap,      Resource::kIo,     Resource::kIops,
                            Resource::kTasks,        Resource::kFiles,  Resource::kTcpSockets,
                            Resource::kOtherSockets, Resource::kNetIn,  Resource::kNetOut};

// What the pool counts, whether the container runs or not; how much it ever was, or was refused, nobody
// knows.
Json disk_row_json(Resource resource, const cgroups::Words& words, std::optional<std::uint64_t> held) {
  Json row = row_json(resource, words, {});
  row["held"] = or_null(held);
  row["maxheld"] = nullptr;
  row["failcnt"] = nullptr;
  return row;
}

void add_disk_rows(const Context& context, const ContainerRecord& record, Json& rows) {
  const std::optional<fs::QuotaUse> use = disk_use(context, record);
  const cgroups::Resources& saved = record.spec.parsed().resources;
  const auto bytes = use ? std::optional(use->bytes) : std::nullopt;
  rows.push_back(disk_row_json(Resource::kDisk, saved[Resource::kDisk], bytes));
  rows.push_back(
      disk_row_json(Resource::kInodes, saved[Resource::kInodes], use ? use->inodes : std::nullopt));
}

bool is_used(Resource resource, const Holding& holding) {
  const auto index = static_cast<std::size_t>(resource);
  return holding.held[index] > 0 || holding.failcnt[index] > 0 || holding.resources[resource].burst;
}

Json holding_json(const ContainerRecord& record, const Holding& holding, bool used_only) {
  Json rows = Json::array();
  for (const Resource resource : kShown)
    if (!used_only || is_used(resource, holding))
      rows.push_back(row_json(resource, holding.resources[resource], holding));
  return {{"uuid", record.uuid},
          {"name", record.name},
          {"tenant", record.tenant},
          {"state", to_text(record.state)},
          {"resources", std::move(rows)}};
}

bool is_set(const Call& call, const char* flag) {
  const auto found = call.query.find(flag);
  return found != call.query.end() && found->second == "1";
}

Json or_null(const std::optional<cgroups::Bytes>& value) {
  return value ? Json(value->count) : Json();
}

// What its memory is used for; all null when it does not run, or no longer.
Json parts_json(const Context& context, const ContainerRecord& record) {
  cgroups::Reading::MemoryParts parts;
  try {
    cgroups::Wanted wanted;
    wanted.memory_parts = true;
    if (has_run(record.state))
      parts = cgroups::Meter(context.host.layout, group_path(context, record), wanted).read().memory_parts;
  } catch (const runtime::Error& error) {
    if (error.kind() != runtime::ErrorKind::kNotFound) throw;
  }
  return {{"anonymous", or_null(parts.anonymous)}, {"file", or_null(parts.file)},
          {"shared", or_null(parts.shared)},       {"locked", or_null(parts.locked)},
          {"kernel", or_null(parts.kernel)},       {"slab", or_null(parts.slab)},
          {"sockets", or_null(parts.sockets)}};
}

}  // namespace

std::string_view unit_text(cgroups::Unit unit) {
  using cgroups::Unit;
  switch (unit) {
    case Unit::kMilliCpu:
      return "milli-cpu";
    case Unit::kBytes:
      return "bytes";
    case Unit::kBytesPerSecond:
      return "bytes/s";
    case Unit::kPerSecond:
      return "1/s";
    case Unit::kItems:
      break;
  }
  return "items";
}

Answer container_resources(Context& context, const Call& call) {
  const ContainerRecord record = container_of(context, call);
  context.control.see_peaks(record.uuid);
  std::optional<Holding> holding = context.control.holding(record.uuid);
  if (!holding) {  // what does not run holds nothing
    holding.emplace().resources = record.spec.parsed().resources;
    holding->counted.set();
  }
  Json body = holding_json(record, *holding, false);
  add_disk_rows(context, record, body["resources"]);
  if (is_set(call, "parts")) body["memory_parts"] = parts_json(context, record);
  return {.status = 200, .body = std::move(body), .etag = "", .location = ""};
}

Answer list_resources(Context& context, const Call& call) {
  ContainerFilter filter = filter_of(context, call);
  filter.names_only = true;
  const bool used_only = is_set(call, "used");
  const bool parts = is_set(call, "parts");
  Json items = Json::array();
  for (const ContainerRecord& record : context.registry.containers(filter)) {
    if (!has_run(record.state)) continue;
    if (!used_only) context.control.see_peaks(record.uuid);
    const auto holding = context.control.holding(record.uuid);
    if (!holding) continue;  // it has just ended
    Json item = holding_json(record, *holding, used_only);
    if (parts) item["memory_parts"] = parts_json(context, record);
    items.push_back(std::move(item));
  }
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
