#include "ctl/ledger/journal.h"

#include <algorithm>
#include <utility>

#include "ctl/ledger/journal_schema.h"
#include "ctl/lifecycle/registry/sqlite.h"
#include "runtime/error.h"

namespace croft::ledger {
namespace {

using ctl::Database;
using ctl::Query;
using runtime::Error;
using runtime::ErrorKind;

constexpr std::size_t kBatch = 1000;

#define CROFT_RECORD_COLUMNS                                                                           \
  "SELECT r.seq, r.kind, r.cause, u.text, b.text, r.generation, r.cgroup, r.state, a.text, "           \
  "r.from_us, r.to_us, r.from_boot_us, r.to_boot_us, r.covered_us, r.readings, r.hash "                \
  "FROM records r JOIN texts u ON u.id = r.uuid JOIN texts b ON b.id = r.boot JOIN texts a ON a.id = " \
  "r.about "

std::int64_t as_stored(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

std::uint64_t stored(const Query& row, int column) {
  return static_cast<std::uint64_t>(row.number(column));
}

template <class Enum>
Enum one_of(const Query& row, int column, Enum last) {
  const std::int64_t number = row.number(column);
  if (number < 0 || number > static_cast<std::int64_t>(last))
    throw Error(ErrorKind::kSystem, "a word of record " + std::to_string(row.number(0)) + " is damaged");
  return static_cast<Enum>(number);
}

Record record_in(const Query& row) {
  Record record;
  record.seq = stored(row, 0);
  record.kind = one_of(row, 1, RecordKind::kStep);
  record.cause = one_of(row, 2, Cause::kAnomaly);
  record.identity = {row.text(3), row.text(4), stored(row, 5), stored(row, 6)};
  record.facts = {one_of(row, 7, RunState::kFrozen), row.text(8)};
  record.from = {row.number(9), stored(row, 11)};
  record.to = {row.number(10), stored(row, 12)};
  record.covered = stored(row, 13);
  const std::string readings = row.text(14);
  unpack_readings(readings, record);
  const std::string hash = row.text(15);
  if (hash.size() != record.hash.size())
    throw Error(ErrorKind::kSystem, "the hash of record " + std::to_string(record.seq) + " is damaged");
  std::copy(hash.begin(), hash.end(), record.hash.begin());
  return record;
}

std::string_view bytes_of(const templates::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

templates::Digest first_hash(const std::string& node, const std::string& epoch) {
  templates::Sha256 sum;
  for (const std::string* text : {&node, &epoch}) {
    sum.add(text->size());
    sum.add(*text);
  }
  return sum.finish();
}

Journal::Journal(JournalOptions options) : options_(std::move(options)) {
  open_or_only_read();
}

Journal::~Journal() = default;

void Journal::open() {
  database_ = std::make_unique<Database>(Database::Options{.path = options_.path,
                                                           .busy_ms = options_.busy_ms,
                                                           .what = "the ledger",
                                                           .synchronous = true,
                                                           .vfs = options_.vfs});
  prepare_ledger(*database_, options_.node, epoch_named(options_.now));
  load_tip();
}

// What is intact can still be read, and somebody will want it.
void Journal::open_or_only_read() {
  try {
    return open();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kSystem && error.kind() != ErrorKind::kUnsupported &&
        error.kind() != ErrorKind::kInvalid)
      throw;
    state_.read_only = error.what();
  }
  try {
    database_.reset();
    database_ = std::make_unique<Database>(Database::Options{
        .path = options_.path, .what = "the ledger", .read_only = true, .vfs = options_.vfs});
    load_tip();
  } catch (const Error&) {
    database_.reset();  // nothing in it can be read
  }
}

void Journal::load_tip() {
  Query about = database_->query("SELECT node, epoch FROM ledger");
  if (about.next()) {
    state_.node = about.text(0);
    state_.epoch = about.text(1);
  }
  Query tip = database_->query("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1");
  state_.last = 0;
  state_.hash = first_hash(state_.node, state_.epoch);
  if (!tip.next()) return;
  state_.last = stored(tip, 0);
  const std::string hash = tip.text(1);
  if (hash.size() != state_.hash.size()) throw Error(ErrorKind::kSystem, "the ledger's last hash is damaged");
  std::copy(hash.begin(), hash.end(), state_.hash.begin());
}

std::int64_t Journal::text_id(const std::string& text) {
  Query found = database_->query("SELECT id FROM texts WHERE text = ?", std::string_view(text));
  if (found.next()) return found.number(0);
  database_->query("INSERT INTO texts (text) VALUES (?)", std::string_view(text)).run();
  return database_->last_row();
}

bool Journal::is_there(const Record& record) const {
  Query found = database_->query(
      "SELECT 1 FROM records r JOIN texts u ON u.id = r.uuid JOIN texts b ON b.id = r.boot "
      "WHERE u.text = ? AND b.text = ? AND r.from_boot_us = ? AND r.to_boot_us = ? AND r.kind = ?",
      std::string_view(record.identity.uuid), std::string_view(record.identity.boot),
      as_stored(record.from.boot), as_stored(record.to.boot), std::int64_t{static_cast<int>(record.kind)});
  return found.next();
}

void Journal::insert(Record& record) {
  record.seq = state_.last + 1;
  record.hash = chain(state_.hash, record);
  const std::int64_t uuid = text_id(record.identity.uuid);
  const std::string readings = pack_readings(record);
  database_
      ->query(
          "INSERT INTO records (seq, kind, cause, uuid, boot, generation, cgroup, state, about, from_us, "
          "to_us, from_boot_us, to_boot_us, covered_us, readings, hash) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          as_stored(record.seq), std::int64_t{static_cast<int>(record.kind)},
          std::int64_t{static_cast<int>(record.cause)}, uuid, text_id(record.identity.boot),
          as_stored(record.identity.generation), as_stored(record.identity.group),
          std::int64_t{static_cast<int>(record.facts.state)}, text_id(record.facts.about), record.from.real,
          record.to.real, as_stored(record.from.boot), as_stored(record.to.boot), as_stored(record.covered),
          ctl::Blob{readings}, ctl::Blob{bytes_of(record.hash)})
      .run();
  if (record.kind != RecordKind::kStep)
    database_
        ->query(
            "INSERT INTO chains (uuid, last, ended) VALUES (?, ?, ?) "
            "ON CONFLICT (uuid) DO UPDATE SET last = excluded.last, ended = excluded.ended",
            uuid, as_stored(record.seq), std::int64_t{record.cause == Cause::kDestroy ? 1 : 0})
        .run();
  state_.last = record.seq;
  state_.hash = record.hash;
}

// After a failure nobody knows what is on the disk: the file is opened anew, as after a crash.
void Journal::append(std::vector<Record>& records) {
  const std::lock_guard lock(mutex_);
  if (!state_.read_only.empty())
    throw Error(ErrorKind::kRefused, "nothing can be added to the ledger: " + state_.read_only)
        .cure("move the file away and restart croftd, which then begins a new one");
  const bool repeated = std::exchange(doubtful_, true);
  if (repeated) {
    database_.reset();
    open();
  }
  ctl::Transaction transaction(*database_);
  for (Record& record : records)
    if (!repeated || !is_there(record)) insert(record);
  transaction.commit();
  doubtful_ = false;
}

JournalState Journal::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::vector<Record> Journal::rows(Query query) const {
  std::vector<Record> records;
  while (query.next()) records.push_back(record_in(query));
  return records;
}

std::optional<Record> Journal::last_of(const std::string& uuid) const {
  const std::lock_guard lock(mutex_);
  if (!database_) return std::nullopt;
  auto found = rows(database_->query(CROFT_RECORD_COLUMNS
                                     "WHERE r.seq = (SELECT c.last FROM chains c JOIN texts t ON t.id = "
                                     "c.uuid WHERE t.text = ?)",
                                     std::string_view(uuid)));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<Record> Journal::last_of_all() const {
  const std::lock_guard lock(mutex_);
  if (!database_) return {};
  return rows(database_->query(CROFT_RECORD_COLUMNS "JOIN chains c ON c.last = r.seq WHERE c.ended = 0"));
}

bool Journal::knows(const std::string& container) const {
  const std::lock_guard lock(mutex_);
  if (!database_) return false;
  const std::size_t slash = container.find('/');
  if (slash == std::string::npos)
    return database_
        ->query("SELECT 1 FROM records WHERE uuid = (SELECT id FROM texts WHERE text = ?) LIMIT 1",
                std::string_view(container))
        .next();
  return database_
      ->query(
          "SELECT 1 FROM texts WHERE text LIKE '{%' AND json_extract(text, '$.tenant') = ? AND "
          "json_extract(text, '$.name') = ? LIMIT 1",
          std::string_view(container).substr(0, slash), std::string_view(container).substr(slash + 1))
      .next();
}

std::vector<Record> Journal::after(std::uint64_t after, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  if (!database_) return {};
  return rows(database_->query(CROFT_RECORD_COLUMNS "WHERE r.seq > ? ORDER BY r.seq LIMIT ?",
                               as_stored(after), as_stored(limit)));
}

void Journal::each_between(std::int64_t from, std::int64_t to,
                           const std::function<void(const Record& record)>& take) const {
  std::uint64_t last = 0;
  for (std::vector<Record> batch;; batch.clear()) {
    {
      const std::lock_guard lock(mutex_);
      if (!database_) return;
      batch =
          rows(database_->query(CROFT_RECORD_COLUMNS "WHERE (r.from_us, r.seq) > (?, ?) AND r.from_us < ? "
                                                     "ORDER BY r.from_us, r.seq LIMIT ?",
                                from, as_stored(last), to, as_stored(kBatch)));
    }
    for (const Record& record : batch) take(record);
    if (batch.size() < kBatch) return;
    from = batch.back().from.real;
    last = batch.back().seq;
  }
}

namespace {

// Takes the hashes on from `hash`; false when a record is not what was written.
bool verify_batch(const std::vector<Record>& batch, templates::Digest& hash, Verified& verified) {
  for (const Record& record : batch) {
    const std::uint64_t number = verified.records + 1;
    if (record.seq != number)
      verified.wrong = "record " + std::to_string(number) + " is missing";
    else if (chain(hash, record) != record.hash)
      verified.wrong = "record " + std::to_string(number) + " is not what was written";
    if (!verified.wrong.empty()) return false;
    hash = record.hash;
    ++verified.records;
  }
  return true;
}

}  // namespace

Verified Journal::verify() const {
  const JournalState now = state();
  Verified verified;
  templates::Digest hash = first_hash(now.node, now.epoch);
  try {
    while (verified.records < now.last) {
      const std::vector<Record> batch = after(verified.records, kBatch);
      if (batch.empty()) break;
      if (!verify_batch(batch, hash, verified)) return verified;
    }
  } catch (const Error& error) {
    verified.wrong =
        "what follows record " + std::to_string(verified.records) + " cannot be read: " + error.what();
    return verified;
  }
  if (verified.records < now.last)
    verified.wrong = "record " + std::to_string(verified.records + 1) + " and those behind it are missing";
  else if (verified.records == 0 && !now.read_only.empty())
    verified.wrong = now.read_only;
  return verified;
}

}  // namespace croft::ledger
