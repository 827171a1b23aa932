#include "ctl/lifecycle/metering.h"

#include <pthread.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>

#include "ctl/lifecycle/context.h"
#include "ctl/lifecycle/metering_readings.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using ledger::Cause;
using ledger::Instant;
using runtime::Error;

constexpr std::uint64_t kMicros = 1'000'000;
constexpr std::uint64_t kHour = 3600 * kMicros;
constexpr std::uint64_t kSamplesMissed = 3;  // and levels in between are an estimate
constexpr std::chrono::hours kRefuseAfter{1};
// Events that come one upon the other are dealt with at once: each of them alone would wait for the disk.
constexpr std::chrono::milliseconds kTogether{100};

std::uint64_t micros_of(std::chrono::seconds time) {
  return static_cast<std::uint64_t>(time.count()) * kMicros;
}

ledger::BookOptions book_options(const MeteringOptions& options) {
  return {.grid = micros_of(options.interval),
          .idle_grid = std::max(kHour, micros_of(options.interval)),
          .most = kSamplesMissed * micros_of(options.sample)};
}

std::uint64_t until_multiple(std::uint64_t at, std::uint64_t step) {
  return step - at % step;
}

}  // namespace

Metering::Metering(Context& context, const std::string& data, MeteringOptions options)
    : context_(context),
      options_(options),
      boot_(boot_id()),
      journal_({.path = data + "/ledger.db", .node = node_id(), .now = now_on_both_clocks()}),
      book_(book_options(options)) {
  go_on();
  if (const std::string reason = journal_.state().read_only; !reason.empty()) {
    failure_ = reason;
    failing_since_ = std::chrono::steady_clock::now();
    std::fprintf(stderr, "croftd: the ledger is only read: %s\n", reason.c_str());
  }
}

Metering::~Metering() {
  stop();
}

// Every account, and the clock, as the last records left them. The clock may have been set since.
void Metering::go_on() {
  std::optional<Instant> latest;
  for (const ledger::Record& last : journal_.last_of_all()) {
    book_.resume(last);
    if (last.identity.boot == boot_ && (!latest || last.to.boot > latest->boot)) latest = last.to;
  }
  if (latest) book_.look_at_clock(*latest);
}

void Metering::take_on() {
  event_ = context_.registry.last_event();
  book_.look_at_clock(now_on_both_clocks());
  const Traffic traffic = context_.traffic.totals();
  std::set<std::string> gone;
  for (const auto& [uuid, account] : book_.accounts()) gone.insert(uuid);
  for (const ContainerRecord& record : context_.registry.containers()) {
    note(record, traffic);
    gone.erase(record.uuid);
  }
  for (const std::string& uuid : gone) close(uuid);
  write();
  started_ = true;
}

void Metering::start() {
  std::unique_lock lock(wake_mutex_);
  thread_ = std::thread([this] { run(); });
  woken_.wait(lock, [this] { return began_; });
}

// Who asks the ledger meanwhile waits for the lock.
void Metering::run() {
  pthread_setname_np(pthread_self(), "ledger");
  try {
    const std::lock_guard lock(mutex_);
    {
      const std::lock_guard wake(wake_mutex_);
      began_ = true;
      woken_.notify_all();
    }
    take_on();
  } catch (const std::exception& error) {  // the next look tries again
    std::fprintf(stderr, "croftd: cannot look at containers for the ledger: %s\n", error.what());
  }
  loop();
}

void Metering::stop() noexcept {
  {
    const std::lock_guard lock(wake_mutex_);
    stopping_ = true;
    woken_.notify_all();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  try {
    take_events();
    const std::lock_guard lock(mutex_);
    const Traffic traffic = context_.traffic.totals();
    book_.look_at_clock(now_on_both_clocks());
    std::vector<std::string> all;
    for (const auto& [uuid, account] : book_.accounts()) all.push_back(uuid);
    for (const std::string& uuid : all) book_.cut(uuid, look(uuid, traffic), Cause::kDaemonStop);
    write();
  } catch (const std::exception& error) {  // counters go on, and the next daemon reads them
    std::fprintf(stderr, "croftd: cannot end the ledger's records: %s\n", error.what());
  }
}

void Metering::rouse() {
  const std::lock_guard lock(wake_mutex_);
  if (!std::exchange(roused_, true)) woken_.notify_all();
}

// The next sample, or the end of the interval if that is sooner.
Instant Metering::next_look(Instant now) const {
  const std::uint64_t sample = until_multiple(now.boot, micros_of(options_.sample));
  const std::uint64_t grid =
      until_multiple(static_cast<std::uint64_t>(now.real), micros_of(options_.interval));
  return {now.real, now.boot + std::min(sample, grid)};
}

void Metering::loop() {
  Instant next = next_look(now_on_both_clocks());
  std::unique_lock lock(wake_mutex_);
  while (!stopping_) {
    const Instant now = now_on_both_clocks();
    const std::chrono::microseconds pause(next.boot > now.boot ? next.boot - now.boot : 0);
    woken_.wait_for(lock, pause, [this] { return stopping_ || roused_; });
    if (stopping_) return;
    if (roused_) woken_.wait_for(lock, kTogether, [this] { return stopping_; });
    const bool roused = std::exchange(roused_, false);
    lock.unlock();
    try {
      if (roused) take_events();
      const Instant then = now_on_both_clocks();
      if (then.boot >= next.boot) {
        pass();
        next = next_look(then);
      }
    } catch (const std::exception& error) {  // counters go on: the next look tells
      std::fprintf(stderr, "croftd: cannot look at containers for the ledger: %s\n", error.what());
      next.boot += micros_of(options_.sample);
    }
    lock.lock();
  }
}

void Metering::pass() {
  const Traffic traffic = context_.traffic.totals();
  const std::lock_guard lock(mutex_);
  if (!started_) take_on();
  const Instant now = now_on_both_clocks();
  book_.look_at_clock(now);
  std::vector<std::string> all;
  for (const auto& [uuid, account] : book_.accounts()) all.push_back(uuid);
  for (const std::string& uuid : all) {
    const ledger::Reading reading = look(uuid, traffic);
    // While nothing can be written records are left to grow.
    if (pending_.empty() && book_.is_due(uuid, reading.at))
      book_.cut(uuid, reading, Cause::kGrid);
    else
      book_.observe(uuid, reading);
  }
  sampled_ = now.real;
  write();
}

// Nothing is lost of what cannot be written now: it is written with what follows.
void Metering::write() noexcept {
  try {
    for (ledger::Record& record : book_.take()) pending_.push_back(std::move(record));
    if (pending_.empty()) return;
    journal_.append(pending_);
    pending_.clear();
    if (!std::exchange(failure_, "").empty()) tell("ledger.recovered", "");
    failing_since_.reset();
  } catch (const std::exception& error) {
    const bool first = std::exchange(failure_, error.what()).empty();
    if (!failing_since_) failing_since_ = std::chrono::steady_clock::now();
    if (first) tell("ledger.failed", error.what());
  }
}

void Metering::tell(const std::string& kind, const std::string& reason) noexcept {
  try {
    context_.registry.append_event(
        event_of(kDaemonActor, kind, reason.empty() ? Json() : Json{{"reason", reason}}), "ledger");
  } catch (const std::exception&) {  // the disk is full for the registry, too
    std::fprintf(stderr, "croftd: %s: %s\n", kind.c_str(), reason.c_str());
  }
}

void Metering::each_between(std::int64_t from, std::int64_t to,
                            const std::function<void(const ledger::Record& record)>& take) const {
  // Looked at first: what ends meanwhile is in the journal then, and not taken twice.
  std::vector<ledger::Record> open = open_records();
  journal_.each_between(from, to, [&](const ledger::Record& record) {
    take(record);
    std::erase_if(open, [&](const ledger::Record& one) {
      return one.from == record.from && one.identity.uuid == record.identity.uuid;
    });
  });
  for (const ledger::Record& record : open)
    if (record.from.real >= from && record.from.real < to) take(record);
}

void Metering::check_start() const {
  const std::lock_guard lock(mutex_);
  if (!failing_since_ || std::chrono::steady_clock::now() - *failing_since_ < kRefuseAfter) return;
  throw Error(runtime::ErrorKind::kUnavailable,
              "the ledger could not be written for an hour, so that nothing new is started: " + failure_)
      .cure("`croft ledger verify` shows its state; see croft-ledger(7)");
}

std::vector<ledger::Record> Metering::open_records() const {
  const std::lock_guard lock(mutex_);
  std::vector<ledger::Record> records = pending_;
  for (ledger::Record& record : book_.open_records()) records.push_back(std::move(record));
  return records;
}

Metering::State Metering::state() const {
  State state{.journal = journal_.state(), .pending = 0, .failure = ""};
  const std::lock_guard lock(mutex_);
  state.pending = pending_.size();
  state.failure = failure_;
  return state;
}

std::string Metering::metrics(ledger::Format format) const {
  std::vector<ledger::Shown> all;
  ledger::LedgerShown about{.records = journal_.state().last, .pending = 0, .sampled = 0};
  const std::lock_guard lock(mutex_);
  all.reserve(book_.accounts().size());
  for (const auto& [uuid, account] : book_.accounts()) {
    const Json facts = Json::parse(account.facts.about);
    ledger::Shown shown{.tenant = facts.value("tenant", ""),
                        .name = facts.value("name", ""),
                        .uuid = uuid,
                        .template_name = facts.value("template", ""),
                        .state = account.facts.state,
                        .counted = account.counted,
                        .values = account.now,
                        .level = account.level,
                        .memory_limit = 0};
    const auto memory = facts.at("promise").find("memory");
    if (memory != facts.at("promise").end()) shown.memory_limit = memory->value("limit", std::uint64_t{0});
    all.push_back(std::move(shown));
  }
  about.pending = pending_.size();
  about.sampled = sampled_;
  return ledger::expose(format, all, about);
}

}  // namespace croft::ctl
