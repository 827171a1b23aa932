// What the registry remembers, as plain data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgroups/resources.h"
#include "ctl/api/backend.h"
#include "ctl/lifecycle/registry/kept_spec.h"
#include "ctl/lifecycle/states.h"

namespace croft::ctl {

inline constexpr std::uint32_t kFirstIdBase = 0x10000000;
inline constexpr std::uint32_t kLastIdBase = 0x6fff0000;
inline constexpr std::uint32_t kIdRangeSize = 65536;

struct ContainerRecord {
  std::string uuid;
  std::string tenant;
  std::string name;
  std::string template_name;        // empty when it was made from none
  std::vector<std::string> layers;  // of the template when the container was made
  KeptSpec spec;
  State state = State::kConfigured;
  std::string reason;                  // empty for none
  std::uint64_t generation = 0;        // how often it was started
  std::uint64_t revision = 1;          // of name and spec: the entity tag
  std::string created;                 // RFC 3339
  std::string started;                 // of the last start; empty when it never ran
  Json plan_values;                    // of its plan, as last applied; null without
  Json last_exit;                      // null or {"kind","status","time"}
  Json suspended;                      // null or {"reason","since","actor","ran"}
  Json trashed;                        // null or {"since","until","actor"}: `name` is free for others then
  std::uint32_t id_base = 0;           // first of its kIdRangeSize host ids
  std::vector<std::string> addresses;  // of its first interface
  std::map<std::string, std::vector<std::string>> nic_addresses;  // of the others, by name

  [[nodiscard]] std::string object() const { return tenant + "/" + name; }
};

// One prefix that addresses are leased from.
struct PoolPrefix {
  std::string prefix;          // canonical text
  bool embedded = false;       // from the daemon's options: only they can take it away
  bool nat = false;            // what is sent from it to elsewhere leaves with an address of the host
  std::string created;         // RFC 3339
  std::uint64_t capacity = 0;  // addresses that are given out
  std::uint64_t leased = 0;
};

// What containers take their addresses from: one of each family that the pool has.
struct PoolRecord {
  std::string name;
  std::vector<PoolPrefix> prefixes;  // in the order in which they are used up
};

// An address and who has it. `pool` is empty for one that the operator asked for.
struct LeaseRecord {
  std::string address;
  std::string pool;
  std::string uuid;
  std::string object;  // "acme/web1"
};

// The pool of a container that names none: the data directory's own place.
inline constexpr std::string_view kDefaultDiskPool = "default";

// What is to become of a pool for containers' files; recovery goes on with it.
enum class DiskPoolState { kMaking, kReady, kGrowing, kRemoving };
std::string_view to_text(DiskPoolState state);

// A place for containers' files, beside the data directory's own.
struct DiskPoolRecord {
  std::string name;
  std::string kind;         // as fs::PoolKind
  std::string directory;    // that Croft makes, with all that belongs to the pool
  std::uint64_t bytes = 0;  // of a file system of its own; 0: it lies on one that was there
  DiskPoolState state = DiskPoolState::kMaking;
  std::string created;           // RFC 3339
  std::uint64_t containers = 0;  // whose files lie in it
};

struct NewContainer {
  std::string tenant = "default";
  std::string name;
  std::string template_name;                         // empty for none
  std::optional<std::vector<std::string>> layers{};  // unset: those that the template has now
  KeptSpec spec;
  Json plan_values;                    // of the plan in `spec`; null without
  std::string pool;                    // that addresses are leased from; empty for none
  std::vector<std::string> addresses;  // asked for by the operator; kExists when somebody has one
};

// What the caller knows of an event. The registry fills in number, time, object and uuid, and before and
// after where they are null and the operation knows them.
struct EventDraft {
  std::string kind;  // "container.started"
  Json actor;
  Json before;
  Json after;
  Json detail;
  // The change that the event belongs to is made, so that all that is wrong with it shows, and then taken
  // back.
  bool rehearsal = false;
};

// A change of run state. What is not given stays as it is.
struct StateNote {
  State state = State::kFailed;
  std::string reason;
  std::optional<std::uint64_t> generation;
  std::optional<std::string> started;
  std::optional<Json> last_exit;
};

struct ContainerFilter {
  std::optional<std::string> tenant;  // unset: all tenants
  std::optional<State> state;
  std::optional<std::string> template_name;
  std::optional<bool> trashed;  // unset: also those in the trash
  std::string after_uuid;       // for paging: only uuids after this one
  std::size_t limit = 0;        // 0: no limit
  bool names_only = false;      // of a record uuid, name, tenant, template and state; the rest stays empty
};

struct TenantRecord {
  std::string name;    // unique over the host, also below another tenant
  std::string parent;  // fixed when it is made; empty: directly under the host
  std::string created;
  Json labels = Json::object();
  cgroups::Resources resources;  // guarantee, limit and share of all that is below it
  std::uint32_t number = 0;      // not given twice while it has containers
  std::uint64_t containers = 0;  // its own
  std::uint64_t children = 0;    // tenants directly below it
};

struct NewTenant {
  std::string name;
  std::string parent;  // empty for none
  Json labels = Json::object();
  cgroups::Resources resources;
};

struct TemplateRecord {
  std::string name;
  Json manifest;  // what the templates folder wrote; "layers" is read here
  std::string created;
  std::uint64_t containers = 0;
};

// The record without run-time facts, complete enough to make the container again elsewhere.
Json export_container(const ContainerRecord& record);

}  // namespace croft::ctl
