#include "ctl/lifecycle/again.h"

#include <algorithm>
#include <csignal>

#include "ctl/lifecycle/time.h"

namespace croft::ctl {
namespace {

using runtime::ExitKind;
using runtime::ExitRecord;

// What the reason of a stopped container begins with that is to start again; what follows is for people.
constexpr std::string_view kAsked = "it asked for a restart";
constexpr std::string_view kPolicy = "it is started again";
constexpr std::int64_t kShortRun = 10;  // seconds
constexpr unsigned kAtOnce = 3;         // short runs after which the next one has to wait
constexpr unsigned kLongestPause = 6;   // a power of two, in seconds

// A container that does nothing but restart would cost the host more than all the others: what ends again and
// again soon after its start waits longer each time.
std::chrono::seconds pause_after(unsigned short_runs) {
  if (short_runs <= kAtOnce) return std::chrono::seconds(0);
  return std::chrono::seconds(1U << std::min(short_runs - kAtOnce, kLongestPause));
}

// reboot(2) in a pid namespace ends its init by SIGHUP for a restart, by SIGINT for halt and power-off.
bool asked(const ExitRecord& exit) {
  return exit.kind == ExitKind::kKilled && exit.status == SIGHUP;
}

bool failed(const ExitRecord& exit) {
  if (exit.kind == ExitKind::kKilled) return exit.status != SIGINT;
  return exit.kind != ExitKind::kExited || exit.status != 0;
}

bool policy_wants(const Spec& spec, const ExitRecord& exit) {
  return spec.restart == Restart::kAlways || (spec.restart == Restart::kOnFailure && failed(exit));
}

// Whoever asked for a stop gets one, also when the init turns it into a restart; an ephemeral one goes.
Next without_count(const ContainerRecord& record, const ExitRecord& exit) {
  const Spec& spec = record.spec.parsed();
  if (record.state == State::kStopping || spec.ephemeral || !record.suspended.is_null() ||
      !record.trashed.is_null())
    return {};
  if (asked(exit)) return {.reason = std::string(kAsked), .due = true};
  if (!policy_wants(spec, exit)) return {};
  return {.reason = std::string(kPolicy) + ", as restart=" + std::string(to_text(spec.restart)) + " says",
          .due = true};
}

Next give_up(unsigned short_runs) {
  return {.reason = "it was started again " + std::to_string(short_runs) + " times and ended within " +
                    std::to_string(kShortRun) + " s each time: Croft gave up (restart_limit)",
          .given_up = true};
}

bool is_due(const ContainerRecord& record, std::string_view what) {
  return record.state == State::kStopped && record.reason.starts_with(what);
}

}  // namespace

Next next_after(const ContainerRecord& record, const ExitRecord& exit) {
  return without_count(record, exit);
}

Next next_after(Live& live, const ContainerRecord& record, const ExitRecord& exit) {
  Next next = without_count(record, exit);
  const std::lock_guard lock(live.mutex);
  const bool is_short = next.due && exit.time - seconds_of(record.started) < kShortRun;
  const unsigned before = std::exchange(live.short_runs, is_short ? live.short_runs + 1 : 0);
  const unsigned most = record.spec.parsed().restart_limit;
  if (is_short && !asked(exit) && most != 0 && before >= most) {
    live.short_runs = 0;
    return give_up(before);
  }
  next.pause = pause_after(live.short_runs);
  if (next.pause.count() > 0)
    next.reason += "; because its runs are short, the next one begins after " +
                   std::to_string(next.pause.count()) + " s";
  return next;
}

bool restart_due(const ContainerRecord& record) {
  return is_due(record, kAsked) || is_due(record, kPolicy);
}

bool boots(const ContainerRecord& record, bool running) {
  const Spec& spec = record.spec.parsed();
  if (spec.ephemeral || !record.suspended.is_null() || !record.trashed.is_null()) return false;
  return spec.onboot == OnBoot::kYes || (spec.onboot == OnBoot::kLastState && running);
}

bool boot_due(const ContainerRecord& record) {
  return !has_run(record.state) && record.state != State::kDestroying && record.reason == kBootDue;
}

}  // namespace croft::ctl
