#include "ctl/lifecycle/recover.h"

#include <poll.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <set>

#include "cgroups/live.h"
#include "ctl/lifecycle/again.h"
#include "ctl/lifecycle/boot.h"
#include "ctl/lifecycle/destroy.h"
#include "ctl/lifecycle/disk.h"
#include "ctl/lifecycle/end.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/identity.h"
#include "ctl/lifecycle/in_force.h"
#include "ctl/lifecycle/layers.h"
#include "ctl/lifecycle/nic.h"
#include "ctl/lifecycle/plan.h"
#include "ctl/lifecycle/readdress.h"
#include "ctl/lifecycle/time.h"
#include "ctl/lifecycle/up.h"
#include "ctl/lifecycle/view.h"
#include "ctl/spec/names.h"
#include "fs/pool.h"
#include "netns/link.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::ExitKind;
using runtime::ExitRecord;

constexpr std::chrono::seconds kSettleAgain{5};

// What the keeper says of the inits: by uuid.
using Watched = std::map<std::string, runtime::WatchedProcess>;

Watched watched_inits(Context& context) {
  Watched inits;
  for (runtime::WatchedProcess& process : context.keeper.get()->list()) {
    if (process.name.process != 0) {
      context.execs.hold(process);
      continue;
    }
    inits.insert_or_assign(uuid_of(process.name.tag), std::move(process));
  }
  return inits;
}

std::map<std::string, ExitRecord> recorded_exits(const Context& context) {
  std::map<std::string, ExitRecord> exits;
  if (!runtime::exists(context.host.exits())) return exits;
  for (const ExitRecord& record : runtime::parse_exit_records(runtime::read_file(context.host.exits())))
    if (record.process == 0) exits[uuid_of(record.tag)] = record;
  return exits;
}

void resume_rates(Context& context, const ContainerRecord& record) {
  try {
    const KeptSpec kept = spec_in_force(context, record);
    const Spec& spec = kept.parsed();
    if (!has_link(spec)) return;
    context.shaping.put(record.uuid, link_ids(record, spec), net_words(spec));
    if (const auto allowance = context.control.allowance(record.uuid))
      context.shaping.allow(record.uuid, allowance->net_in, allowance->net_out);
  } catch (const Error& error) {  // the kernel goes on with what it was told
    std::fprintf(stderr, "croftd: cannot resume the rates of `%s`: %s\n", record.object().c_str(),
                 error.what());
  }
}

void resume_addresses(Context& context, const ContainerRecord& record) {
  try {
    settle_readdress(context, record, true);
  } catch (const Error& error) {  // the intent stays for the next attempt
    std::fprintf(stderr, "croftd: cannot settle the addresses of `%s`: %s\n", record.object().c_str(),
                 error.what());
  }
}

// Those that somebody took away come back, those of runs that ended unseen go.
void settle_proxies(Context& context, const std::vector<ContainerRecord>& records) {
  std::vector<netns::Proxied> wanted;
  for (const ContainerRecord& record : records) {
    const std::shared_ptr<Live> live = context.live.at(record.uuid);
    const std::lock_guard lock(live->mutex);
    if (!live->running) continue;
    for (netns::Proxied& one : proxied_of(context.host, record)) wanted.push_back(std::move(one));
  }
  try {
    std::vector<netns::Proxied> gone = netns::list_proxies();
    std::erase_if(
        gone, [&](const auto& one) { return std::find(wanted.begin(), wanted.end(), one) != wanted.end(); });
    if (!gone.empty() || !wanted.empty()) netns::change_proxies(gone, wanted);
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: cannot settle what the host answers for: %s\n", error.what());
  }
}

void take_running(Context& context, const ContainerRecord& record, runtime::WatchedProcess process) {
  const std::shared_ptr<Live> live = context.live.at(record.uuid);
  {
    const std::lock_guard lock(live->mutex);
    live->running = true;
    live->generation = process.name.generation;
    live->pid = process.pid;
    live->pidfd = std::move(process.pidfd);
    live->console = std::move(process.console);
  }
  resume_addresses(context, record);
  if (!context.control.allowance(record.uuid))
    context.control.adopt({subject_of(record, spec_in_force(context, record).parsed(), live->generation)});
  context.traffic.resume(record.uuid, link_ids(record, record.spec.parsed()));
  resume_rates(context, record);
  refresh_note(context, record);
  // The daemon died between a change of its name and the word to the kernel.
  if (is_named_differently(context, record))
    context.watcher.post([&context, record] { refresh_identity(context, record); });
  follow_up(context, record.uuid, way_of(resolve_init(record.spec.parsed(), manifest_of(context, record))));
  // The daemon died while it was frozen for a moment, as for a snapshot.
  if (record.state == State::kRunning) cgroups::thaw(context.host.layout, group_path(context, record));
  if (has_run(record.state) && record.generation == process.name.generation) return;
  // The daemon died between the launch and its record.
  const StateNote note{.state = State::kRunning,
                       .reason = "",
                       .generation = process.name.generation,
                       .started = {},
                       .last_exit = {}};
  context.registry.note_state(record.uuid, note, event_of(kDaemonActor, "container.recovered"));
}

// The keeper is new and knows nothing of it, but something may still live in its cgroup.
std::optional<runtime::WatchedProcess> find_orphan(Context& context, const ContainerRecord& record) {
  try {
    const cgroups::Group group(context.host.layout, group_path(context, record));
    const auto pid = cgroups::find_init(group, "/proc");
    if (!pid) return {};
    runtime::WatchedProcess process;
    process.name = process_name(record, std::max<std::uint64_t>(record.generation, 1));
    process.pid = *pid;
    process.pidfd = runtime::Fd(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0)));
    if (!process.pidfd || cgroups::find_init(group, "/proc") != pid) return {};
    return process;
  } catch (const Error&) {
    return {};
  }
}

void adopt(Context& context, const ContainerRecord& record, runtime::WatchedProcess process) {
  context.keeper.get()->adopt(process, console_log(context.host, record.uuid), kLogLimit);
  take_running(context, record, std::move(process));
}

// A start that failed may have noted an exit under the number that the next one got.
std::optional<ExitRecord> exit_of(const ContainerRecord& record,
                                  const std::map<std::string, ExitRecord>& exits) {
  const auto found = exits.find(record.uuid);
  const bool same = found != exits.end() && found->second.generation == record.generation &&
                    found->second.time >= seconds_of(record.started);
  return same ? std::optional(found->second) : std::nullopt;
}

// A boot ends runs in a way of its own: `onboot` says what follows.
std::string reason_after(const Context& context, const ContainerRecord& record, const ExitRecord& exit) {
  if (!host_booted(context.registry)) return next_after(record, exit).reason;
  return boots(record, true) ? std::string(kBootDue) : "the host went down";
}

// It ran, and does not any more: with the recorded exit if there is one, else how it ended is not known.
void note_missed_end(Context& context, const ContainerRecord& record,
                     const std::map<std::string, ExitRecord>& exits) {
  settle_readdress(context, record, false);
  ExitRecord exit = exit_of(record, exits).value_or(ExitRecord{});
  if (exit.kind == ExitKind::kUnknown) exit.time = time(nullptr);
  clear_run(context, record);
  if (!has_run(record.state)) return;
  store_due(context, record, HookEvent::kPostStop);
  context.registry.note_state(record.uuid,
                              {.state = State::kStopped,
                               .reason = reason_after(context, record, exit),
                               .generation = {},
                               .started = {},
                               .last_exit = exit_json(exit)},
                              event_of(kDaemonActor, "container.stopped", exit_json(exit)));
  run_due_later(context, record, HookEvent::kPostStop);
}

void settle(Context& context, const ContainerRecord& record, Watched& inits,
            const std::map<std::string, ExitRecord>& exits) {
  const auto found = inits.find(record.uuid);
  if (record.state == State::kDestroying) {
    clear_run(context, record);
    return destroy_now(context, record, kDaemonActor);
  }
  put_quota(context, record);
  if (found != inits.end()) {
    take_running(context, record, std::move(found->second));
    return;
  }
  if (auto orphan = find_orphan(context, record)) return adopt(context, record, std::move(*orphan));
  note_missed_end(context, record, exits);
  if (record.state == State::kConfigured) {
    // Created half-way: nobody was told of it yet.
    destroy_now(context, record, kDaemonActor);
  } else if (record.spec.json().value("ephemeral", false) && record.generation > 0) {
    destroy_now(context, context.registry.get(record.uuid), kDaemonActor);
  }
}

void settle_later(Context& context, const std::string& uuid, const Error& error);

// What resisted when the daemon started is tried again until it gives way.
void settle_again(Context& context, const std::string& uuid) {
  try {
    const Activity activity(context.live.at(uuid), "being recovered", uuid);
    const auto record = context.registry.find(uuid);
    if (!record) return;
    Watched inits = watched_inits(context);
    settle(context, *record, inits, recorded_exits(context));
  } catch (const Error& error) {
    settle_later(context, uuid, error);
  }
}

void settle_later(Context& context, const std::string& uuid, const Error& error) {
  try {
    context.registry.note_reason(uuid, error.what(),
                                 event_of(kDaemonActor, "container.stuck", {{"reason", error.what()}}));
  } catch (const Error&) {  // destroyed meanwhile, or a full disk: the next attempt tells
  }
  context.worker.post_later(kSettleAgain, [&context, uuid] { settle_again(context, uuid); });
}

// Files, cgroups and processes of containers that the registry does not know.
void sweep_strangers(Context& context, Watched& inits, const std::set<std::string>& known) {
  for (auto& [uuid, process] : inits) {
    if (known.contains(uuid)) continue;
    syscall(SYS_pidfd_send_signal, process.pidfd.get(), SIGKILL, nullptr, 0);
  }
  for (const cgroups::GroupPath& path :
       cgroups::list_groups(context.host.layout, context.host.options.cgroup_root)) {
    if (known.contains(path.uuid) || !looks_like_uuid(path.uuid)) continue;
    const cgroups::Group group(context.host.layout, path);
    cgroups::kill_all(group, cgroups::Milliseconds(5000));
    cgroups::remove_group(context.host.layout, path, cgroups::Milliseconds(5000));
  }
  for (const std::string& name : fs::names_in(context.host.containers()))
    if (looks_like_uuid(name) && !known.contains(name))
      runtime::remove_tree(context.host.containers() + "/" + name);
  sweep_disk_pools(context);
}

void remove_stale_links(const std::vector<ContainerRecord>& records, const LiveTable& live) {
  std::set<std::string> running;
  for (const auto& [uuid, entry] : live.all()) {
    const std::lock_guard lock(entry->mutex);
    if (entry->running) running.insert(uuid);
  }
  std::set<std::string> stale;
  for (const ContainerRecord& record : records)
    if (!running.contains(record.uuid))
      for (const std::string& id : link_ids(record, record.spec.parsed()))
        stale.insert(netns::host_link_name(id));
  std::vector<std::string> present;
  for (const std::string& link : netns::list_host_links())
    if (stale.contains(link)) present.push_back(link);
  if (!present.empty()) netns::delete_host_links(present);
}

// All at once: what each weighs depends on all others.
void adopt_running(Context& context, const std::vector<ContainerRecord>& records, const Watched& inits) {
  std::vector<Subject> running;
  for (const ContainerRecord& record : records) {
    const auto found = inits.find(record.uuid);
    if (found == inits.end() || record.state == State::kDestroying) continue;
    try {
      running.push_back(
          subject_of(record, spec_in_force(context, record).parsed(), found->second.name.generation));
    } catch (const Error&) {  // told of when it is settled
      continue;
    }
  }
  context.control.adopt(running);
}

}  // namespace

void recover(Context& context) {
  Watched inits = watched_inits(context);
  const std::map<std::string, ExitRecord> exits = recorded_exits(context);
  const std::vector<ContainerRecord> records = context.registry.containers();
  adopt_running(context, records, inits);
  std::set<std::string> known;
  for (const ContainerRecord& record : records) {
    known.insert(record.uuid);
    try {
      settle(context, record, inits, exits);
    } catch (const Error& error) {
      settle_later(context, record.uuid, error);
    }
  }
  sweep_strangers(context, inits, known);
  remove_stale_links(records, context.live);
  settle_proxies(context, records);
  clean_store(context);
  note_boot(context);
  resume_due(context);
  for (const ContainerRecord& record : records) restart_later(context, record, std::chrono::seconds(0));
}

namespace {

// The init of an entry, with copies of its descriptors; nothing when it does not run.
std::optional<runtime::WatchedProcess> running_init(const ContainerRecord& record, Live& live) {
  const std::lock_guard lock(live.mutex);
  if (!live.running || !live.pidfd) return {};
  runtime::WatchedProcess process;
  process.name = process_name(record, live.generation);
  process.pid = live.pid;
  process.pidfd = live.pidfd.duplicate();
  if (live.console) process.console = live.console.duplicate();
  return process;
}

void adopt_again(Context& context, const runtime::WatchedProcess& process, const std::string& log) {
  try {
    context.keeper.get()->adopt(process, log, kLogLimit);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kExists) throw;
  }
}

}  // namespace

void hand_over_run(Context& context, const std::string& uuid) {
  const auto record = context.registry.find(uuid);
  if (!record) return;
  // The keeper answers with events that take the entry's lock: it must not be held while asking.
  const auto process = running_init(*record, *context.live.at(uuid));
  if (!process) return;
  pollfd ended{process->pidfd.get(), POLLIN, 0};
  const auto known = poll(&ended, 1, 0) == 0 ? std::nullopt : exit_of(*record, recorded_exits(context));
  // What the former keeper still noted is known; the new one could only call it unknown.
  if (known) return context.worker.post([&context, exit = *known] { handle_exit(context, exit); });
  adopt_again(context, *process, console_log(context.host, uuid));
}

void hand_over(Context& context) {
  for (const auto& [uuid, live] : context.live.all()) hand_over_run(context, uuid);
  for (const runtime::WatchedProcess& process : context.execs.running()) adopt_again(context, process, "");
}

}  // namespace croft::ctl
