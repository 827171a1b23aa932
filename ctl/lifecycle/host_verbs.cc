// version, host.*, keeper.upgrade
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "cgroups/check.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"
#include "runtime/protocol.h"

namespace croft::ctl {
namespace {

Json row(std::string_view resource, std::string_view word, std::string_view kept_by,
         const std::string& reason, const std::string& cure) {
  return {{"resource", resource}, {"word", word}, {"kept_by", kept_by}, {"reason", reason}, {"cure", cure}};
}

void add_root_row(const Context& context, Json& rows) {
  const fs::RootFacts& facts = *context.host.root_facts;
  const bool mapped = facts.mode == fs::RootMode::kIdmapped;
  rows.push_back(row("files", "shared layers", mapped ? "kernel" : "best-effort",
                     mapped ? "layers are shared through id-mapped mounts"
                            : "every container copies its layers once: " + facts.reason,
                     mapped ? "" : "Linux 5.19 or newer, with the data directory on ext4, xfs or btrfs"));
  rows.push_back(row("disk", "limit", "absent", "the pool kind `dir` has no quota", ""));
}

void add_network_row(const Context& context, Json& rows) {
  rows.push_back(row("net", "ipv6", context.host.ipv6 ? "kernel" : "absent",
                     context.host.ipv6 ? "containers get an IPv6 address as well" : "this host has no IPv6",
                     ""));
}

}  // namespace

Answer show_version(Context&, const Call&) {
  return {.status = 200,
          .body = {{"name", "croft"},
                   {"version", CROFT_VERSION},
                   {"api", "v1"},
                   {"features", {"containers", "templates", "tenants", "operations", "events"}}},
          .etag = "",
          .location = ""};
}

Answer show_host(Context& context, const Call&) {
  utsname names{};
  uname(&names);
  struct sysinfo info {};
  sysinfo(&info);
  std::map<std::string, std::uint64_t> states;
  std::uint64_t total = 0;
  for (const ContainerRecord& record : context.registry.containers()) {
    ++states[std::string(to_text(record.state))];
    ++total;
  }
  return {.status = 200,
          .body = {{"hostname", names.nodename},
                   {"kernel", names.release},
                   {"architecture", names.machine},
                   {"cpus", get_nprocs()},
                   {"memory_bytes", std::uint64_t{info.totalram} * info.mem_unit},
                   {"cgroups", context.host.layout.kind()},
                   {"root_mode", fs::to_text(context.host.root_facts->mode)},
                   {"data", context.host.options.data},
                   {"run", context.host.options.run},
                   {"net4", context.host.options.net4},
                   {"net6", context.host.ipv6 ? Json(context.host.options.net6) : Json()},
                   {"keeper_pid", context.keeper.get()->pid()},
                   {"containers", total},
                   {"states", states}},
          .etag = "",
          .location = ""};
}

Answer check_host(Context& context, const Call&) {
  Json rows = Json::array();
  const cgroups::Layout& layout = context.host.layout;
  const cgroups::HostFacts facts = cgroups::host_facts({}, layout, context.host.options.data);
  for (const cgroups::CheckRow& check : cgroups::check(layout, facts))
    rows.push_back(row(check.resource, check.word, to_text(check.kept_by), check.reason, check.cure));
  add_root_row(context, rows);
  add_network_row(context, rows);
  return {.status = 200, .body = {{"items", std::move(rows)}}, .etag = "", .location = ""};
}

Answer upgrade_keeper(Context& context, const Call& call) {
  check_members(call.body, {});
  const std::string& program = context.host.options.keeper_program;
  if (call.dry_run) return planned({{"exec", program, "in place of the keeper"}});
  context.keeper.upgrade(program);
  context.registry.append_event(event_of(call.actor, "keeper.upgraded", {{"program", program}}), "keeper");
  return {.status = 200, .body = {{"keeper_pid", context.keeper.get()->pid()}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
