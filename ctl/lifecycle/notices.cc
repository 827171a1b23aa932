#include "ctl/lifecycle/notices.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "cgroups/amount.h"
#include "cgroups/live.h"
#include "ctl/lifecycle/hook.h"
#include "ctl/lifecycle/stop.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using cgroups::Action;
using cgroups::Notice;
using cgroups::Threshold;
using runtime::Error;

constexpr std::chrono::seconds kQuiet{60};   // between two events of the same kind
constexpr std::size_t kMostUnclaimed = 256;  // kills that no container was told of yet
constexpr std::size_t kMostTold = 65536;
constexpr std::chrono::seconds kHookTime{30};
constexpr cgroups::Milliseconds kFreezeTime{10'000};

const Threshold* threshold_of(const Subject& subject, const Notice& notice) {
  if (notice.kind != Notice::Kind::kThreshold) return nullptr;
  if (notice.threshold >= subject.resources.thresholds.size()) return nullptr;
  return &subject.resources.thresholds[notice.threshold];
}

Json detail_of(const Subject& subject, const Notice& notice, std::uint64_t count) {
  Json detail = {
      {"resource", cgroups::to_text(notice.resource)}, {"held", notice.held}, {"bound", notice.bound}};
  if (count > 0) detail["count"] = count;
  if (const Threshold* threshold = threshold_of(subject, notice))
    detail["action"] = cgroups::to_text(threshold->action);
  return detail;
}

void freeze_now(Context& context, const Subject& subject, const std::string& reason) {
  const Activity activity(context.live.at(subject.uuid), "being frozen", subject.object);
  const ContainerRecord record = context.registry.get(subject.uuid);
  if (record.state != State::kRunning) return;
  cgroups::freeze(cgroups::Group(context.host.layout, group_path(context, record)), kFreezeTime);
  context.registry.note_state(
      record.uuid,
      {.state = State::kFrozen, .reason = reason, .generation = {}, .started = {}, .last_exit = {}},
      event_of(kDaemonActor, "container.frozen", {{"reason", reason}}));
}

void signal_now(Context& context, const Subject& subject, int number) {
  const std::shared_ptr<Live> live = context.live.at(subject.uuid);
  const std::lock_guard lock(live->mutex);
  if (!live->running || live->generation != subject.generation) return;
  if (syscall(SYS_pidfd_send_signal, live->pidfd.get(), number, nullptr, 0) != 0 && errno != ESRCH)
    runtime::fail_errno("cannot signal the init of `" + subject.object + "`");
}

void run_now(const Context& context, const Subject& subject, const Threshold& threshold,
             const Notice& notice) {
  run_on_host({.directory = context.host.options.hooks,
               .words = {threshold.argument},
               .values = {{"CROFT_CONTAINER", subject.object},
                          {"CROFT_UUID", subject.uuid},
                          {"CROFT_RESOURCE", std::string(cgroups::to_text(threshold.resource))},
                          {"CROFT_VALUE", std::to_string(threshold.value)},
                          {"CROFT_HELD", std::to_string(notice.held)}},
               .limit = kHookTime,
               .stopping = [&context] { return context.hooks.stopping(); }});
}

void do_action(Context& context, const Subject& subject, const Threshold& threshold, const Notice& notice) {
  const cgroups::Unit unit = cgroups::unit_of(threshold.resource);
  const std::string reason = std::string(cgroups::to_text(threshold.resource)) + " came to " +
                             cgroups::shown(unit, notice.held) + ", over its threshold of " +
                             cgroups::shown(unit, threshold.value);
  switch (threshold.action) {
    case Action::kLog:
      std::fprintf(stderr, "croftd: `%s`: %s\n", subject.object.c_str(), reason.c_str());
      break;
    case Action::kExec:
      run_now(context, subject, threshold, notice);
      break;
    case Action::kSignal:
      signal_now(context, subject, threshold.signal);
      break;
    case Action::kFreeze:
      freeze_now(context, subject, reason);
      break;
    case Action::kEvent:     // that was all
    case Action::kThrottle:  // the governor does that itself
      break;
  }
}

}  // namespace

Notices::Notices(Context& context) : context_(context) {
  try {
    log_.emplace();
  } catch (const Error&) {  // then kills are counted, but not named
    return;
  }
}

void Notices::read_log() {
  while (log_) {
    const auto text = log_->next();
    if (!text) return;
    const auto record = cgroups::parse_record(*text);
    if (!record) continue;
    if (auto kill = kills_.feed(*record)) unclaimed_.push_back(*std::move(kill));
    if (unclaimed_.size() > kMostUnclaimed) unclaimed_.pop_front();
  }
}

Json Notices::victims_of(const Subject& subject) {
  try {
    read_log();
  } catch (const Error&) {  // what was read until then is still true
  }
  Json victims = Json::array();
  const std::string part = "/" + subject.uuid;
  std::erase_if(unclaimed_, [&](const cgroups::OomKill& kill) {
    if ((kill.full_group + "/").find(part + "/") == std::string::npos) return false;
    victims.push_back({{"pid", kill.pid},
                       {"name", kill.command},
                       {"cgroup", kill.group},
                       {"anon_bytes", kill.anonymous.count},
                       {"file_bytes", kill.file.count},
                       {"shared_bytes", kill.shared.count}});
    return true;
  });
  return victims;
}

bool Notices::due(const Subject& subject, const Notice& notice, std::uint64_t& count) {
  if (told_.size() > kMostTold) told_.clear();
  Told& told = told_[{subject.uuid, notice.kind, notice.resource, notice.threshold}];
  const auto now = std::chrono::steady_clock::now();
  const bool often = notice.kind == Notice::Kind::kRefused || notice.kind == Notice::Kind::kThrottled ||
                     notice.kind == Notice::Kind::kBarrier;
  told.since += notice.count;
  if (often && told.at && now - *told.at < kQuiet) return false;
  count = std::exchange(told.since, 0);
  told.at = now;
  return true;
}

// The policy is to stand still and tell, rather than to be killed in.
void Notices::freeze_full(const Subject& subject) {
  context_.worker.post([&context = context_, subject] {
    try {
      freeze_now(context, subject, "its memory is full (memory.oom=freeze): give it more, then thaw it");
    } catch (const Error& error) {
      std::fprintf(stderr, "croftd: cannot freeze `%s`, whose memory is full: %s\n", subject.object.c_str(),
                   error.what());
    }
  });
}

// The policy is to end as a whole. cgroup v2 has done so; v1 killed one process.
void Notices::kill_rest(const Subject& subject) {
  context_.worker.post([&context = context_, subject] {
    try {
      signal_now(context, subject, SIGKILL);
    } catch (const Error& error) {
      std::fprintf(stderr, "croftd: cannot end `%s`, in which memory ran out: %s\n", subject.object.c_str(),
                   error.what());
    }
  });
}

void Notices::act(const Subject& subject, const Notice& notice) {
  if (notice.kind == Notice::Kind::kFull) return freeze_full(subject);
  if (notice.kind == Notice::Kind::kOom && subject.resources.oom == cgroups::OomPolicy::kKillContainer)
    return kill_rest(subject);
  const Threshold* threshold = threshold_of(subject, notice);
  if (threshold == nullptr) return;
  Worker& worker = threshold->action == Action::kExec ? context_.hooks : context_.worker;
  worker.post([&context = context_, subject, threshold = *threshold, notice] {
    try {
      do_action(context, subject, threshold, notice);
    } catch (const Error& error) {
      std::fprintf(stderr, "croftd: `%s`: the threshold's action failed: %s\n", subject.object.c_str(),
                   error.what());
    }
  });
}

void Notices::take(const Subject& subject, const Notice& notice) {
  act(subject, notice);
  std::uint64_t count = 0;
  if (!due(subject, notice, count)) return;
  Json detail = detail_of(subject, notice, count);
  if (notice.kind == Notice::Kind::kOom) detail["victims"] = victims_of(subject);
  try {
    context_.registry.append_event(
        event_of(kDaemonActor, "resource." + std::string(cgroups::to_text(notice.kind)), std::move(detail)),
        subject.object, subject.uuid);
  } catch (const Error& error) {  // a full disk, for instance
    std::fprintf(stderr, "croftd: cannot record an event of `%s`: %s\n", subject.object.c_str(),
                 error.what());
  }
}

}  // namespace croft::ctl
