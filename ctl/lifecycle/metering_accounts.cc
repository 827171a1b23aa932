// Which account of the ledger a container has, and what is true of it: from what the registry and the kernel
// say.
#include <sys/stat.h>

#include <set>

#include "cgroups/usage.h"
#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/in_force.h"
#include "ctl/lifecycle/metering.h"
#include "ctl/lifecycle/metering_readings.h"
#include "ctl/lifecycle/time.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using ledger::Cause;
using ledger::Facts;
using ledger::Identity;
using ledger::Instant;
using ledger::RunState;
using runtime::Error;

constexpr std::size_t kEventsAtOnce = 256;

RunState state_of(State state) {
  if (state == State::kFrozen) return RunState::kFrozen;
  return has_run(state) ? RunState::kRunning : RunState::kStopped;
}

Cause cause_of(const Facts& before, const Facts& after) {
  if (before.state == after.state) return Cause::kChange;
  return after.state == RunState::kFrozen ? Cause::kFreeze : Cause::kThaw;
}

// Of a label in this boot of the host.
Instant instant_at(std::int64_t seconds, Instant now) {
  const std::int64_t ago = now.real - seconds * 1'000'000;
  if (seconds == 0 || ago < 0 || static_cast<std::uint64_t>(ago) > now.boot) return now;
  return {now.real - ago, now.boot - static_cast<std::uint64_t>(ago)};
}

}  // namespace

Facts Metering::facts_of(const ContainerRecord& record) const {
  const KeptSpec kept = spec_in_force(context_, record);
  const Spec& spec = kept.parsed();
  Json about = {{"tenant", record.tenant},
                {"path", context_.control.tenant_path(record.tenant)},
                {"name", record.name},
                {"template", record.template_name},
                {"promise", promise_of(spec.resources)}};
  if (spec.plan.name) about["plan"] = *spec.plan.name;
  return {state_of(record.state), about.dump()};
}

std::uint64_t Metering::group_of(const ContainerRecord& record) const {
  const cgroups::Layout& layout = context_.host.layout;
  const auto used = cgroups::used_hierarchies(layout);
  if (used.empty()) return 0;
  const std::string at =
      layout.hierarchies[*used.begin()].mount + "/" + cgroups::relative_path(group_path(context_, record));
  struct stat status {};
  return stat(at.c_str(), &status) == 0 ? status.st_ino : 0;
}

ledger::Reading Metering::look(const std::string& uuid, const Traffic& traffic) const {
  ledger::Reading reading;
  const auto group = context_.control.measure(uuid);
  reading.at = now_on_both_clocks();
  if (group) put(*group, reading);
  if (const auto found = traffic.find(uuid); found != traffic.end()) put(found->second, reading);
  return reading;
}

// What was used before the host was started again, and not written, nobody knows.
void Metering::close_earlier_boot(const std::string& uuid) {
  const ledger::Book::Account* account = book_.find(uuid);
  if (account != nullptr && account->identity.boot != boot_)
    book_.gap(uuid, boot_, now_on_both_clocks(), Cause::kHostRestart);
}

void Metering::note(const ContainerRecord& record, const Traffic& traffic) {
  close_earlier_boot(record.uuid);
  const Facts facts = facts_of(record);
  if (facts.state == RunState::kStopped)
    note_stopped(record, facts, traffic);
  else
    note_running(record, facts, traffic);
}

// A container that is older than the ledger is taken on as it is. Of others all is known from the beginning.
void Metering::begin(const ContainerRecord& record, const Facts& facts, const ledger::Reading& now) {
  if (record.created < journal_.state().epoch)
    return book_.begin({record.uuid, boot_, record.generation, 0}, facts, now);
  Facts made = facts;
  made.state = RunState::kStopped;
  ledger::Reading then;
  const std::int64_t created = seconds_of(record.created) * 1'000'000;
  const bool in_this_boot = now.at.real - created <= static_cast<std::int64_t>(now.at.boot);
  then.at = in_this_boot ? instant_at(seconds_of(record.created), now.at) : Instant{created, 0};
  book_.begin({record.uuid, boot_, 0, 0}, made, then);
  if (!in_this_boot) book_.gap(record.uuid, boot_, now.at, Cause::kHostRestart);
}

void Metering::note_running(const ContainerRecord& record, const Facts& facts, const Traffic& traffic) {
  const Identity identity{record.uuid, boot_, record.generation, group_of(record)};
  const ledger::Reading now = look(record.uuid, traffic);
  if (book_.find(record.uuid) == nullptr) begin(record, facts, now);
  const ledger::Book::Account* account = book_.find(record.uuid);
  const bool over = account->facts.state == RunState::kStopped && account->identity.group == identity.group;
  if (identity.group == 0 || over) return;  // its last reading is taken, which the registry is yet to be told
  if (account->facts.state != RunState::kStopped && account->identity.group == 0) {  // begun just now
    book_.identify(identity);
    return;
  }
  if (account->facts.state != RunState::kStopped && account->identity.group != identity.group)
    book_.gap(record.uuid, boot_, now.at, Cause::kStop);
  if (account->facts.state == RunState::kStopped) {
    book_.run(identity, facts, instant_at(seconds_of(record.started), now.at));
    return book_.observe(record.uuid, now);
  }
  if (!started_) {
    book_.cut(record.uuid, now, Cause::kDaemonStart);
    book_.change(record.uuid, facts);
  } else if (account->facts != facts) {
    book_.cut(record.uuid, now, cause_of(account->facts, facts));
    book_.change(record.uuid, facts);
  }
}

void Metering::note_stopped(const ContainerRecord& record, const Facts& facts, const Traffic& traffic) {
  const ledger::Book::Account* account = book_.find(record.uuid);
  if (account == nullptr) return begin(record, facts, look(record.uuid, traffic));
  if (account->facts.state != RunState::kStopped) finish(record);
  if (account->facts == facts) return;
  book_.cut(record.uuid, look(record.uuid, traffic), Cause::kChange);
  book_.change(record.uuid, facts);
}

void Metering::end_run(const ContainerRecord& record) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    book_.look_at_clock(now_on_both_clocks());
    close_earlier_boot(record.uuid);
    finish(record);
    write();
  } catch (const std::exception& error) {  // then the next record has what is still counted
    std::fprintf(stderr, "croftd: cannot read what `%s` used last: %s\n", record.object().c_str(),
                 error.what());
  }
}

// The last reading of the run whose cgroup is there. One that the ledger was never told of began and ended
// while no daemon was there; one that it has ended already is not counted again.
void Metering::finish(const ContainerRecord& record) {
  const Instant now = now_on_both_clocks();
  Facts facts = facts_of(record);
  if (book_.find(record.uuid) == nullptr) {
    facts.state = RunState::kStopped;
    begin(record, facts, {.at = now, .counted = {}});
  }
  const ledger::Book::Account& account = *book_.find(record.uuid);
  const bool running = account.facts.state != RunState::kStopped;
  const std::uint64_t group = group_of(record);
  if (running && account.identity.group != group) book_.gap(record.uuid, boot_, now, Cause::kStop);
  if (group == 0 || (!running && account.identity.group == group)) return;
  if (account.identity.group != group || !running) {
    const std::uint64_t before = account.identity.generation;
    facts.state = RunState::kRunning;
    book_.run({record.uuid, boot_, record.generation > before ? record.generation : before + 1, group}, facts,
              instant_at(seconds_of(record.started), now));
  }
  ledger::Reading reading;
  const cgroups::Meter meter(context_.host.layout, group_path(context_, record), {},
                             metered(context_.host.devices));
  put(meter.read_whole(), reading);
  reading.at = now_on_both_clocks();
  if (const auto total = context_.traffic.total(record.uuid)) put(*total, reading);
  book_.stop(record.uuid, reading);
}

// It was destroyed.
void Metering::close(const std::string& uuid) {
  const ledger::Book::Account* account = book_.find(uuid);
  if (account == nullptr) return;
  close_earlier_boot(uuid);
  if (account->facts.state != RunState::kStopped) book_.gap(uuid, boot_, now_on_both_clocks(), Cause::kStop);
  ledger::Reading reading;
  reading.at = now_on_both_clocks();
  if (const auto total = context_.traffic.total(uuid)) put(*total, reading);
  book_.cut(uuid, reading, Cause::kDestroy);
  book_.end(uuid);
}

// What is newer than the last event that was looked at. Several of one container are one.
void Metering::take_events() {
  const std::lock_guard lock(mutex_);
  std::set<std::string> changed;
  for (;;) {
    const std::vector<Event> events = context_.registry.events_after(event_, kEventsAtOnce);
    for (const Event& event : events) {
      event_ = event.number;
      if (!event.uuid.empty()) changed.insert(event.uuid);
    }
    if (events.size() < kEventsAtOnce) break;
  }
  if (changed.empty()) return;
  book_.look_at_clock(now_on_both_clocks());
  for (const std::string& uuid : changed) {
    Traffic traffic;
    if (const auto total = context_.traffic.total(uuid)) traffic[uuid] = *total;
    if (const auto record = context_.registry.find(uuid))
      note(*record, traffic);
    else
      close(uuid);
  }
  write();
}

}  // namespace croft::ctl
