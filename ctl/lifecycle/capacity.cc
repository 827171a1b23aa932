// host.capacity and host.tune.
#include "ctl/lifecycle/capacity.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr const char* kSettings = "/etc/sysctl.d/60-croft.conf";
constexpr std::uint64_t kFilesOfDaemon = 256;  // that it has open without any container
// That it, or the keeper, keeps open for a running one: 8, and 3 where I/O and swap are limited.
constexpr std::uint64_t kFilesEach = 11;

struct Found {
  Need need;
  std::uint64_t now = 0;
  std::string cure;
  [[nodiscard]] bool enough() const { return now >= need.needed; }
};

// Nothing where this kernel has no such sysctl.
std::optional<std::uint64_t> sysctl_value(const std::string& name) {
  const std::string path = sysctl_path(name);
  if (!runtime::exists(path)) return std::nullopt;
  std::istringstream text(runtime::read_file(path));
  std::uint64_t value = 0;
  if (!(text >> value)) throw Error(ErrorKind::kSystem, "`" + path + "` holds no number");
  return value;
}

// Some belong to the first network namespace alone, where croftd need not be.
bool is_settable(const std::string& name) {
  return access(sysctl_path(name).c_str(), W_OK) == 0;
}

Found found(Need need, std::uint64_t now, std::string cure) {
  return {std::move(need), now, std::move(cure)};
}

void add_files(std::uint64_t containers, std::vector<Found>& all) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) runtime::fail_errno("cannot read the limit of open files");
  all.push_back(found({.what = "open files of croftd",
                       .needed = kFilesOfDaemon + kFilesEach * containers,
                       .why = "it keeps cgroups, a pidfd and logs of each open"},
                      limit.rlim_max, "raise LimitNOFILE of croftd.service and croft-keeper.service"));
}

void add_ids(const Context& context, std::uint64_t containers, std::vector<Found>& all) {
  all.push_back(found({.what = "id ranges", .needed = containers, .why = "each has 65536 ids of its own"},
                      (kLastIdBase - kFirstIdBase) / kIdRangeSize + 1, "spread the containers over hosts"));
  const auto pool = context.registry.find_pool("default");
  std::map<bool, std::uint64_t> capacity;  // by family: true is IPv4
  for (const PoolPrefix& prefix : pool ? pool->prefixes : std::vector<PoolPrefix>())
    capacity[prefix.prefix.find(':') == std::string::npos] += prefix.capacity;
  for (const auto& [four, addresses] : capacity)
    all.push_back(found({.what = std::string(four ? "IPv4" : "IPv6") + " addresses of the pool default",
                         .needed = containers,
                         .why = "each takes one, unless it has another pool"},
                        addresses, "`croft net pool add PREFIX`"));
}

std::vector<Found> look(const Context& context, std::uint64_t containers) {
  std::vector<Found> all;
  for (const Need& need : sysctl_needs(containers))
    if (const auto now = sysctl_value(need.what))
      all.push_back(found(need, *now,
                          is_settable(need.what)
                              ? "`croft host tune --for " + std::to_string(containers) + "`"
                              : "set it where croftd runs in the host's own namespaces"));
  add_files(containers, all);
  add_ids(context, containers, all);
  return all;
}

Json row_of(const Found& one) {
  return {{"what", one.need.what},    {"now", one.now},      {"needed", one.need.needed},
          {"enough", one.enough()},   {"why", one.need.why}, {"cure", one.enough() ? Json() : Json(one.cure)},
          {"sysctl", one.need.sysctl}};
}

std::uint64_t count_in(const Json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0 ||
      value.get<std::uint64_t>() > kMostContainers)
    throw runtime::wrong_field("count", "must be a number of containers from 1 to 100000");
  return value.get<std::uint64_t>();
}

std::uint64_t count_in_query(const Call& call) {
  const auto count = call.query.find("count");
  if (count == call.query.end()) throw runtime::wrong_field("count", "is missing");
  return count_in(Json::parse(count->second, nullptr, false));
}

// What the file that sysctl(8) reads at boot says already.
std::map<std::string, std::string> settings_kept() {
  std::map<std::string, std::string> kept;
  if (!runtime::exists(kSettings)) return kept;
  std::istringstream text(runtime::read_file(kSettings));
  for (std::string line; std::getline(text, line);) {
    const std::size_t equals = line.find('=');
    if (line.starts_with("#") || equals == std::string::npos) continue;
    const auto trimmed = [](std::string word) {
      word.erase(0, word.find_first_not_of(' '));
      word.erase(word.find_last_not_of(' ') + 1);
      return word;
    };
    kept[trimmed(line.substr(0, equals))] = trimmed(line.substr(equals + 1));
  }
  return kept;
}

void keep_settings(const std::map<std::string, std::string>& settings) {
  std::string text = "# Written by `croft host tune`: what many containers need of the kernel.\n";
  for (const auto& [name, value] : settings) text += name + " = " + value + "\n";
  runtime::replace_file(kSettings, text, 0644, true);
}

}  // namespace

// A Debian system with systemd has some 40 processes and threads, and 8 programs that watch files; the kernel
// charges all of these of a user namespace to root, who made it.
std::vector<Need> sysctl_needs(std::uint64_t containers) {
  const auto each = [&](std::uint64_t of_each, std::uint64_t besides) {
    return of_each * containers + besides;
  };
  const std::uint64_t pids = std::min<std::uint64_t>(each(64, 32768), 4194304);  // PID_MAX_LIMIT
  return {
      {"kernel.pid_max", pids, "processes and threads of all containers have ids of the host", true},
      {"kernel.threads-max", each(64, 16384), "processes and threads of all containers together", true},
      {"fs.inotify.max_user_instances", each(16, 256), "watchers of files, which count for root", true},
      {"fs.inotify.max_user_watches", each(512, 65536), "files that are watched, which count for root", true},
      {"fs.aio-max-nr", each(64, 65536), "databases ask for requests in advance", true},
      {"kernel.keys.maxkeys", 2000, "systemd has a keyring for each service", true},
      {"kernel.keys.maxbytes", 2000000, "systemd has a keyring for each service", true},
      {"kernel.pty.max", each(2, 4096), "each has a console, and terminals of who is in it", true},
      {"net.ipv4.neigh.default.gc_thresh3", each(4, 1024), "neighbours at both ends of each interface", true},
      {"net.ipv6.neigh.default.gc_thresh3", each(8, 1024), "neighbours at both ends of each interface", true},
      {"net.ipv6.route.max_size", each(4, 4096), "a route to each, on kernels before 6.3", true},
      {"net.netfilter.nf_conntrack_max", each(64, 65536), "connections through the host", true},
      {"user.max_user_namespaces", each(2, 1024), "each has one, and programs in it make more", true},
      {"user.max_net_namespaces", each(2, 1024), "each has one", true},
      {"user.max_mnt_namespaces", each(8, 1024), "each has one, and systemd one for each service", true},
      {"user.max_pid_namespaces", each(2, 1024), "each has one", true},
      {"user.max_ipc_namespaces", each(2, 1024), "each has one", true},
      {"user.max_uts_namespaces", each(8, 1024), "each has one, and systemd one for some services", true},
      {"user.max_cgroup_namespaces", each(2, 1024), "each has one", true},
  };
}

std::string sysctl_path(const std::string& name) {
  std::string path = name;
  std::replace(path.begin(), path.end(), '.', '/');
  return "/proc/sys/" + path;
}

Answer show_capacity(Context& context, const Call& call) {
  Json items = Json::array();
  for (const Found& one : look(context, count_in_query(call))) items.push_back(row_of(one));
  return {.status = 200, .body = {{"items", std::move(items)}}, .etag = "", .location = ""};
}

// Only upwards: what is larger than needed was set by somebody who needs it. Written down for the next boot
// before it is set, so that what is in force is never more than what is known.
Answer tune_host(Context& context, const Call& call) {
  check_members(call.body, {"count"});
  const std::uint64_t count = count_in(call.body.value("count", Json()));
  std::vector<Found> lacking = look(context, count);
  std::erase_if(lacking, [](const Found& one) {
    return !one.need.sysctl || one.enough() || !is_settable(one.need.what);
  });
  std::vector<runtime::Description> changes;
  for (const Found& one : lacking)
    changes.push_back(
        {"set", one.need.what, std::to_string(one.now) + " -> " + std::to_string(one.need.needed)});
  if (!lacking.empty()) changes.push_back({"write", kSettings, "for the next boot"});
  if (call.dry_run) return planned(changes);
  std::map<std::string, std::string> settings = settings_kept();
  Json before = Json::object();
  Json after = Json::object();
  for (const Found& one : lacking) {
    settings[one.need.what] = std::to_string(one.need.needed);
    before[one.need.what] = one.now;
    after[one.need.what] = one.need.needed;
  }
  if (lacking.empty()) return planned({});
  keep_settings(settings);
  for (const Found& one : lacking)
    runtime::write_file(sysctl_path(one.need.what), std::to_string(one.need.needed));
  EventDraft event = event_of(call, "host.tuned");
  event.before = std::move(before);
  event.after = std::move(after);
  context.registry.append_event(event, "host");
  return planned(changes);
}

}  // namespace croft::ctl
