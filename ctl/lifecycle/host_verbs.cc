// version, host.*, keeper.upgrade
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "cgroups/check.h"
#include "ctl/lifecycle/host_settings.h"
#include "ctl/lifecycle/uplink.h"
#include "ctl/lifecycle/verbs.h"
#include "ctl/lifecycle/view.h"
#include "ctl/spec/names.h"
#include "netns/conntrack.h"
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
  const auto pool = context.pools.get(std::string(kDefaultDiskPool));
  for (const auto& [resource, bound] : {std::pair("disk", pool->bytes()), {"inodes", pool->inodes()}})
    rows.push_back(row(resource, "limit", bound.kept() ? "kernel" : "absent",
                       bound.kept() ? bound.how : bound.absent, bound.cure));
}

void add_rate_rows(const Context& context, Json& rows) {
  const std::string off = context.shaping.off();
  const auto uplink = stated_uplink(context.registry);
  const std::string cure = "ifb, sch_htb, cls_bpf and act_mirred in the kernel, and a restart of croftd";
  const auto add = [&](std::string_view resource, const char* word, const char* kept_by,
                       const std::string& missing, const std::string& how, const std::string& other_cure) {
    const std::string why = off.empty() ? missing : "rates are not kept: " + off;
    rows.push_back(row(resource, word, why.empty() ? kept_by : "absent", why.empty() ? how : why,
                       why.empty()   ? ""
                       : off.empty() ? other_cure
                                     : cure));
  };
  for (const cgroups::Resource way : {cgroups::Resource::kNetIn, cgroups::Resource::kNetOut}) {
    const bool in = way == cgroups::Resource::kNetIn;
    std::string missing;
    if (!uplink || !(in ? uplink->in : uplink->out))
      missing = "nobody said what the uplink carries";
    else if (!context.shaping.has_uplink())
      missing = "the uplink `" + uplink->device + "` is not there";
    const std::string say = "croft net uplink set DEVICE rate=RATE";
    add(to_text(way), "guarantee", "kernel", missing,
        "one tree of queues (HTB) for all; the host itself is not held", say);
    add(to_text(way), "limit", "kernel", "",
        "a class in a tree of queues (HTB), also for what stays on the host", "");
    add(to_text(way), "barrier", "governor", "", "moves that class's rate when the burst is spent", "");
    add(to_text(way), "burst", "governor", "", "a budget of what goes above the barrier", "");
    add(to_text(way), "share", "kernel", missing, "weights in that tree", say);
  }
}

// Beyond nine tenths of it the next burst finds no room.
void add_table_row(Json& rows) {
  const auto table = netns::connection_table();
  if (!table || table->most == 0) return;
  const bool full = table->count > table->most / 10 * 9;
  const std::string text =
      std::to_string(table->count) + " of " + std::to_string(table->most) + " connections";
  rows.push_back(row("net", "connections", full ? "best-effort" : "kernel",
                     full ? "the kernel's table is nearly full: " + text : "the kernel tracks " + text,
                     full ? "sysctl net.netfilter.nf_conntrack_max=" + std::to_string(table->most * 2) +
                                ", and net.connections.limit for who has most of them"
                          : ""));
}

void add_network_row(const Context& context, Json& rows) {
  rows.push_back(row("net", "ipv6", context.host.ipv6 ? "kernel" : "absent",
                     context.host.ipv6 ? "containers get an IPv6 address as well" : "this host has no IPv6",
                     ""));
  const std::string off = context.firewall.off();
  rows.push_back(row("net", "isolation", off.empty() ? "kernel" : "absent",
                     off.empty()
                         ? "nftables drops what is sent from other addresses, or to other tenants"
                         : "containers may send from any address and reach those of all tenants: " + off,
                     off.empty() ? "" : "nftables in the kernel, the program nft, and a restart of croftd"));
  const std::string blocked = off.empty() ? context.firewall.lacking() : off;
  rows.push_back(row(
      "net", "nat", blocked.empty() ? "kernel" : "absent",
      blocked.empty() ? "nftables gives packets from pools with NAT an address of the host"
                      : "packets from pools with NAT leave with addresses of containers: " + blocked,
      blocked.empty() ? ""
                      : "connection tracking and NAT of nftables in the kernel, and a restart of croftd"));
  add_rate_rows(context, rows);
  const std::string uncounted = context.traffic.off();
  rows.push_back(
      row("net", "classes", uncounted.empty() ? "kernel" : "absent",
          uncounted.empty() ? "packets and bytes are counted by class at each container's link"
                            : "traffic is not counted: " + uncounted,
          uncounted.empty() ? "" : "a kernel with clsact and BPF classifiers, and a restart of croftd"));
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

namespace {

constexpr std::array kOversold{cgroups::Resource::kCpu,   cgroups::Resource::kMemory,
                               cgroups::Resource::kSwap,  cgroups::Resource::kIo,
                               cgroups::Resource::kIops,  cgroups::Resource::kTasks,
                               cgroups::Resource::kNetIn, cgroups::Resource::kNetOut};

Json commitments_json(const Context& context) {
  const auto all = context.control.commitments();
  Json rows = Json::array();
  for (const cgroups::Resource resource : kOversold) {
    const cgroups::Commitment& one = all[static_cast<std::size_t>(resource)];
    rows.push_back({{"resource", cgroups::to_text(resource)},
                    {"unit", unit_text(cgroups::unit_of(resource))},
                    {"capacity", one.capacity.total ? Json(*one.capacity.total) : Json()},
                    {"reserve", one.capacity.reserve},
                    {"held", one.held},
                    {"guaranteed", one.guaranteed},
                    {"promised", one.promised},
                    {"worst", one.worst},
                    {"unlimited", one.unlimited}});
  }
  return rows;
}

}  // namespace

Answer set_host(Context& context, const Call& call) {
  check_members(call.body, {"set"});
  if (!call.body.contains("set") || !call.body["set"].is_object())
    throw runtime::wrong_field("set", "is missing, or is not an object of texts");
  std::map<std::string, std::string> assignments;
  for (const auto& [key, value] : call.body["set"].items()) {
    if (!value.is_string()) throw runtime::wrong_field("set." + shown(key), "must be a text");
    assignments[key] = value;
  }
  const Json before = host_settings(context.registry);
  const cgroups::HostReading host = host_reading();
  const Json next = apply_host_settings(before, assignments, host);
  if (call.dry_run) {
    std::vector<runtime::Description> changes;
    for (const auto& [key, value] : assignments) changes.push_back({"set", key, value});
    return planned(changes);
  }
  context.registry.keep("host", "settings", next.dump());
  if (host_access(before) != host_access(next)) {
    try {
      context.firewall.follow_host();
    } catch (const runtime::Error&) {
      context.registry.keep("host", "settings", before.dump());
      throw;
    }
  }
  context.control.set_capacities(stated_capacities(context.registry));
  EventDraft event = event_of(call, "host.changed");
  event.before = before;
  event.after = next;
  context.registry.append_event(event, "host");
  return show_host(context, call);
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
                   {"settings", host_settings(context.registry)},
                   {"resources", commitments_json(context)},
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
  const std::string why_not = why_no_view(context.host);
  rows.push_back(row("host", "view", why_not.empty() ? "kernel" : "absent",
                     why_not.empty() ? "containers see their own CPUs and memory in /proc and /sys"
                                     : "containers see the host's figures in /proc and /sys: " + why_not,
                     ""));
  add_pool_rows(context, rows);
  add_network_row(context, rows);
  add_table_row(rows);
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
