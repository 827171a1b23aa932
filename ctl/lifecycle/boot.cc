#include "ctl/lifecycle/boot.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <set>

#include "ctl/lifecycle/again.h"
#include "ctl/lifecycle/hooks.h"
#include "ctl/lifecycle/metering_readings.h"
#include "ctl/lifecycle/start.h"
#include "ctl/lifecycle/stop.h"
#include "ctl/lifecycle/verbs.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

constexpr std::string_view kKind = "host";  // of what the registry keeps
constexpr std::string_view kBootId = "boot";
constexpr std::string_view kStoppedForIt = "shutdown";  // uuids, of containers that ran
constexpr std::size_t kLeastAtOnce = 4;
constexpr std::size_t kMostAtOnce = 16;

// A start waits for the disk about as long as it computes.
std::size_t at_once() {
  return std::clamp<std::size_t>(2 * std::size_t{std::thread::hardware_concurrency()}, kLeastAtOnce,
                                 kMostAtOnce);
}

using Group = std::vector<ContainerRecord>;

// Of one boot.order each, the lowest first; within one by name.
std::vector<Group> in_order(std::vector<ContainerRecord> records) {
  const auto order = [](const ContainerRecord& record) { return record.spec.parsed().boot.order; };
  std::sort(records.begin(), records.end(), [&](const auto& a, const auto& b) {
    return std::tuple(order(a), a.object()) < std::tuple(order(b), b.object());
  });
  std::vector<Group> groups;
  for (ContainerRecord& record : records) {
    if (groups.empty() || order(groups.back().front()) != order(record)) groups.emplace_back();
    groups.back().push_back(std::move(record));
  }
  return groups;
}

// `work` must not throw.
void each_at_once(const Group& group, const std::function<void(const ContainerRecord&)>& work) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < std::min(group.size(), at_once()); ++i)
    threads.emplace_back([&] {
      for (std::size_t k = next++; k < group.size(); k = next++) work(group[k]);
    });
  for (std::thread& thread : threads) thread.join();
}

std::set<std::string> stopped_for_it(const Registry& registry) {
  const auto text = registry.kept(kKind, kStoppedForIt);
  return text ? parse_json(*text).get<std::set<std::string>>() : std::set<std::string>();
}

void keep_stopped(Registry& registry, const std::vector<ContainerRecord>& running) {
  std::set<std::string> uuids = stopped_for_it(registry);  // of a shutdown that was cancelled, too
  for (const ContainerRecord& record : running) uuids.insert(record.uuid);
  registry.keep(kKind, kStoppedForIt, Json(uuids).dump());
}

std::vector<ContainerRecord> running_containers(const Registry& registry) {
  std::vector<ContainerRecord> all = registry.containers();
  std::erase_if(all, [](const ContainerRecord& one) { return !has_run(one.state); });
  return all;
}

// What is told while they stop, from several threads.
class Progress {
 public:
  Progress(const Call& call, std::size_t all) : call_(call), all_(all) {}

  void stopped() {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (call_.progress)
      call_.progress("stopped " + std::to_string(done_) + " of " + std::to_string(all_),
                     static_cast<int>(done_ * 100 / all_));
  }
  void failed(const std::string& what) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(what);
  }
  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }
  [[nodiscard]] std::size_t done() const { return done_; }

 private:
  const Call& call_;
  std::size_t all_;
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::vector<std::string> failures_;
};

void stop_one(Context& context, const ContainerRecord& record, const Call& call, Progress& progress) {
  Call quiet = call;
  quiet.progress = nullptr;
  try {
    const std::chrono::seconds timeout(record.spec.parsed().stop.timeout.value);
    run_before_stop(context, record, quiet, true);
    stop_container(context, record, timeout, quiet);
    progress.stopped();
  } catch (const Error& error) {
    progress.failed(error.what());
  }
}

std::vector<runtime::Description> describe(const std::vector<Group>& groups) {
  std::vector<runtime::Description> changes;
  for (const Group& group : groups)
    for (const ContainerRecord& record : group) changes.push_back({"stop", record.object(), ""});
  return changes;
}

bool is_cancelled(const Call& call) {
  return call.cancelled != nullptr && call.cancelled->load();
}

}  // namespace

bool host_booted(const Registry& registry) {
  const auto before = registry.kept(kKind, kBootId);
  return before && *before != boot_id();
}

bool ran_before_boot(const Registry& registry, const ContainerRecord& record) {
  return has_run(record.state) || stopped_for_it(registry).contains(record.uuid);
}

void note_boot(Context& context) {
  if (host_booted(context.registry)) {
    const std::set<std::string> stopped = stopped_for_it(context.registry);
    for (const ContainerRecord& record : context.registry.containers()) {
      const bool at_rest =
          record.state == State::kReady || record.state == State::kStopped || record.state == State::kFailed;
      if (at_rest && !boot_due(record) && boots(record, stopped.contains(record.uuid)))
        context.registry.note_reason(record.uuid, kBootDue, event_of(kDaemonActor, "container.boot-due"));
    }
  }
  context.registry.forget(kKind, kStoppedForIt);
  context.registry.keep(kKind, kBootId, boot_id());
}

void Boot::start() {
  std::vector<ContainerRecord> due = context_.registry.containers();
  std::erase_if(due, [](const ContainerRecord& record) { return !boot_due(record); });
  if (!due.empty()) thread_ = std::thread([this, due = std::move(due)]() mutable { run(std::move(due)); });
}

void Boot::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    woken_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool Boot::pause(std::chrono::seconds time) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, time, [this] { return stopping_; });
  return !stopping_;
}

// Somebody else may have started it meanwhile, or said that it stays as it is.
bool Boot::start_one(const ContainerRecord& named) {
  try {
    const Activity activity(context_.live.at(named.uuid), "starting", named.object());
    const auto record = context_.registry.find(named.uuid);
    if (!record || !boot_due(*record)) return true;
    start_container(context_, *record, {.actor = kDaemonActor, .alone = true});
    return true;
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: after the boot: %s\n", error.what());
    return false;
  }
}

void Boot::run(std::vector<ContainerRecord> due) {
  std::atomic<unsigned> started = 0;
  std::atomic<unsigned> failed = 0;
  for (const Group& group : in_order(std::move(due))) {
    each_at_once(group, [&](const ContainerRecord& record) {
      if (pause(std::chrono::seconds(0))) ++(start_one(record) ? started : failed);
    });
    std::uint64_t delay = 0;
    for (const ContainerRecord& record : group)
      delay = std::max(delay, record.spec.parsed().boot.delay.value);
    if (!pause(std::chrono::seconds(delay))) return;  // the next daemon goes on
  }
  try {
    context_.registry.append_event(
        event_of(kDaemonActor, "host.booted", {{"started", started.load()}, {"failed", failed.load()}}),
        "host");
  } catch (const Error& error) {
    std::fprintf(stderr, "croftd: cannot record the boot: %s\n", error.what());
  }
}

Answer shut_down_host(Context& context, const Call& call) {
  check_members(call.body, {});
  const std::vector<ContainerRecord> running = running_containers(context.registry);
  std::vector<Group> groups = in_order(running);
  std::reverse(groups.begin(), groups.end());
  if (call.dry_run) return planned(describe(groups));
  keep_stopped(context.registry, running);
  context.registry.append_event(event_of(call.actor, "host.shutdown", {{"running", running.size()}}), "host");
  Progress progress(call, running.size());
  for (const Group& group : groups)
    each_at_once(group, [&](const ContainerRecord& record) {
      if (!is_cancelled(call)) stop_one(context, record, call, progress);
    });
  if (!progress.failures().empty())
    throw Error(ErrorKind::kTimeout, std::to_string(progress.failures().size()) + " of " +
                                         std::to_string(running.size()) +
                                         " containers were not stopped: " + progress.failures().front())
        .cure("`croft list` shows them; do it again, or let the host end them");
  return {.status = 200, .body = {{"stopped", progress.done()}}, .etag = "", .location = ""};
}

}  // namespace croft::ctl
