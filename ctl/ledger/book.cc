#include "ctl/ledger/book.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "runtime/error.h"

namespace croft::ledger {
namespace {

constexpr std::uint64_t kTwoSeconds = 2'000'000;
constexpr std::size_t kMemoryLevel = 0;
constexpr std::size_t kTasksLevel = 2;

std::int64_t offset_of(Instant at) {
  return at.real - static_cast<std::int64_t>(at.boot);
}

bool runs(const Facts& facts) {
  return facts.state != RunState::kStopped;
}

bool is_counter(std::size_t meter) {
  return is_meter(meter) && row_of(meter).kind == MeterKind::kCounter;
}

// A trapezoid: what is held moves on a straight line from one reading to the next.
void integrate(Book::Account& account, const Reading& now, std::uint64_t time) {
  for (std::size_t i = 0; i < kLevels; ++i) {
    if (!now.counted[index_of(Meter::kMemory) + i]) continue;
    account.doubled[i] += (Book::Wide{account.level[i]} + now.level[i]) * time;
    account.level[i] = now.level[i];
    account.peak[i] = std::max(account.peak[i], now.level[i]);
    account.now[index_of(Meter::kMemory) + i] =
        account.level_base[i] + static_cast<std::uint64_t>(account.doubled[i] / kTwoSeconds);
  }
}

// False when one of them went back.
bool take_counters(Book::Account& account, const Reading& now) {
  bool good = true;
  for (std::size_t i = 0; i < kMeters; ++i) {
    if (!now.counted[i] || !is_counter(i)) continue;
    const std::uint64_t value = now.values[i] + account.base[i];
    if (value >= account.now[i]) {
      account.now[i] = value;
    } else {
      account.base[i] = account.now[i] - now.values[i];
      good = false;
    }
  }
  return good;
}

MeterSet of_network(const MeterSet& counted) {
  MeterSet rest;
  for (std::size_t i = index_of(Meter::kNet); i < kMeters; ++i) rest[i] = counted[i];
  return rest;
}

// The cgroup of a run whose last reading is taken may be there, and be read, for a while yet.
bool advance(Book::Account& account, const Reading& reading, std::uint64_t most) {
  Reading now = reading;
  if (!runs(account.facts)) now.counted = of_network(now.counted);
  const std::uint64_t time = now.at.boot > account.seen.boot ? now.at.boot - account.seen.boot : 0;
  integrate(account, now, time);
  const bool good = take_counters(account, now);
  account.counted |= now.counted;
  if (time <= most || !runs(account.facts)) account.covered += time;
  if (now.at.boot >= account.seen.boot) account.seen = now.at;
  return good;
}

// Only what goes on over runs stays.
void forget_run(Book::Account& account) {
  account.counted = of_network(account.counted);
  for (std::size_t i = 0; i < index_of(Meter::kNet); ++i)
    account.open[i] = account.now[i] = account.base[i] = 0;
  account.doubled = {};
  account.level_base = account.level = account.peak = {};
}

Record record_of(const Book::Account& account) {
  Record record;
  record.identity = account.identity;
  record.facts = account.facts;
  record.from = account.from;
  record.to = account.seen;
  record.counted = account.counted;
  record.open = account.open;
  record.close = account.now;
  record.level = account.level;
  record.covered = account.covered;
  return record;
}

void put_peak(Meter peak, std::size_t level, const Book::Account& account, Record& record) {
  if (!record.counted[index_of(Meter::kMemory) + level]) return;
  record.counted.set(index_of(peak));
  record.open[index_of(peak)] = 0;
  record.close[index_of(peak)] = account.peak[level];
}

Record finished(const Book::Account& account, Cause cause) {
  Record record = record_of(account);
  record.cause = cause;
  if (!runs(account.facts)) return record;
  put_peak(Meter::kMemoryPeak, kMemoryLevel, account, record);
  put_peak(Meter::kTasksPeak, kTasksLevel, account, record);
  if (record.covered < length_of(record)) record.kind = RecordKind::kEstimate;
  return record;
}

void open_next(Book::Account& account) {
  account.from = account.seen;
  account.open = account.now;
  account.covered = 0;
  account.peak = account.level;
}

}  // namespace

Book::Account& Book::at(const std::string& uuid) {
  const auto found = accounts_.find(uuid);
  if (found == accounts_.end())
    throw runtime::Error(runtime::ErrorKind::kNotFound, "the ledger has no account of `" + uuid + "`");
  return found->second;
}

const Book::Account* Book::find(const std::string& uuid) const {
  const auto found = accounts_.find(uuid);
  return found == accounts_.end() ? nullptr : &found->second;
}

// Nothing is written of no time in which nothing was used.
void Book::close(Account& account, Cause cause) {
  if (account.from != account.seen || account.open != account.now)
    closed_.push_back(finished(account, cause));
  open_next(account);
}

std::vector<Record> Book::open_records() const {
  std::vector<Record> records;
  records.reserve(accounts_.size());
  for (const auto& [uuid, account] : accounts_) records.push_back(finished(account, Cause::kGrid));
  return records;
}

void Book::look_at_clock(Instant now) {
  const std::int64_t offset = offset_of(now);
  const std::int64_t before = std::exchange(offset_, offset).value_or(offset);
  if (std::abs(offset - before) <= kLeastStep) return;
  for (auto& [uuid, account] : accounts_) {
    close(account, Cause::kClockStep);
    account.seen.real += offset - before;
    account.from = account.seen;
  }
  Record step;
  step.kind = RecordKind::kStep;
  step.cause = Cause::kClockStep;
  step.facts.about = "{}";
  step.from = {now.real - (offset - before), now.boot};
  step.to = now;
  closed_.push_back(std::move(step));
}

void Book::begin(const Identity& identity, const Facts& facts, const Reading& now) {
  Account account;
  account.identity = identity;
  account.facts = facts;
  account.from = account.seen = now.at;
  account.counted = now.counted;
  account.level = account.peak = now.level;
  for (std::size_t i = 0; i < kMeters; ++i)
    if (now.counted[i] && is_counter(i)) account.open[i] = account.now[i] = now.values[i];
  accounts_.insert_or_assign(identity.uuid, std::move(account));
}

void Book::resume(const Record& last) {
  Account account;
  account.identity = last.identity;
  account.facts = last.facts;
  account.from = account.seen = last.to;
  account.counted = last.counted;
  account.open = account.now = last.close;
  for (const Meter peak : {Meter::kMemoryPeak, Meter::kTasksPeak}) {
    account.counted.reset(index_of(peak));
    account.open[index_of(peak)] = account.now[index_of(peak)] = 0;
  }
  for (std::size_t i = 0; i < kLevels; ++i) account.level_base[i] = last.close[index_of(Meter::kMemory) + i];
  account.level = account.peak = last.level;
  if (last.cause == Cause::kStop || last.kind == RecordKind::kGap) {
    account.facts.state = RunState::kStopped;
    forget_run(account);
  }
  accounts_.insert_or_assign(last.identity.uuid, std::move(account));
}

void Book::observe(const std::string& uuid, const Reading& now) {
  Account& account = at(uuid);
  if (!advance(account, now, options_.most)) close(account, Cause::kAnomaly);
}

void Book::cut(const std::string& uuid, const Reading& now, Cause cause) {
  Account& account = at(uuid);
  const bool good = advance(account, now, options_.most);
  close(account, good || cause != Cause::kGrid ? cause : Cause::kAnomaly);
}

void Book::change(const std::string& uuid, const Facts& facts) {
  at(uuid).facts = facts;
}

void Book::stop(const std::string& uuid, const Reading& last) {
  cut(uuid, last, Cause::kStop);
  Account& account = at(uuid);
  account.facts.state = RunState::kStopped;
  forget_run(account);
}

void Book::run(const Identity& identity, const Facts& facts, Instant at_moment) {
  Account& account = at(identity.uuid);
  if (at_moment.boot > account.seen.boot) {
    Reading nothing;
    nothing.at = at_moment;
    cut(identity.uuid, nothing, Cause::kStart);
  }
  account.identity = identity;
  account.facts = facts;
  forget_run(account);
}

void Book::gap(const std::string& uuid, const std::string& boot, Instant now, Cause cause) {
  Account& account = at(uuid);
  close(account, cause);
  account.seen = now;
  forget_run(account);
  Record record = record_of(account);
  record.kind = RecordKind::kGap;
  record.cause = cause;
  closed_.push_back(std::move(record));
  account.facts.state = RunState::kStopped;
  account.identity.boot = boot;
  open_next(account);
}

bool Book::is_due(const std::string& uuid, Instant now) const {
  const Account* account = find(uuid);
  if (account == nullptr) return false;
  const auto grid = static_cast<std::int64_t>(runs(account->facts) ? options_.grid : options_.idle_grid);
  return now.real / grid != account->from.real / grid;
}

std::vector<Record> Book::take() {
  return std::exchange(closed_, {});
}

}  // namespace croft::ledger
