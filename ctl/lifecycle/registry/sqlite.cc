#include "ctl/lifecycle/registry/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>
#include <utility>

#include "runtime/error.h"
#include "runtime/fd.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

bool is_full(int code, int system_error) {
  return (code & 0xff) == SQLITE_FULL || system_error == ENOSPC || system_error == EDQUOT;
}

// SQLite would make it 0644 less umask; specifications carry environment variables. A file that is there is
// left alone: closing any descriptor of it would drop the locks of another connection of this process.
void make_private(const std::string& path) {
  try {
    runtime::open_file(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  } catch (const Error& error) {
    if (error.error_number() != EEXIST) throw;
  }
}

Error described(int code, int system_error, const std::string& file, const char* words) {
  if (is_full(code, system_error))
    return Error(ErrorKind::kExhausted, "cannot write " + file + ": its file system is full")
        .cure("free space there and try again; nothing was changed");
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(ErrorKind::kSystem, file + " is damaged (" + words + ")")
          .cure("stop croftd, keep a copy of the file, and restore a backup or use `sqlite3 FILE .recover`");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Error(ErrorKind::kRefused, "cannot write " + file + ": it is read-only here")
          .cure("check its owner and mode, and that its file system is mounted read-write");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(ErrorKind::kBusy, file + " is in use by another process").cure("stop the other croftd");
    case SQLITE_NOMEM:
      return Error(ErrorKind::kExhausted, "no memory for " + file);
    case SQLITE_CANTOPEN:
      if (system_error != 0)
        return Error(runtime::kind_of_errno(system_error), "cannot open " + file, system_error);
      return Error(ErrorKind::kSystem, "cannot open " + file + ": " + words);
    case SQLITE_IOERR:
      if (system_error != 0) return Error(ErrorKind::kSystem, "cannot read or write " + file, system_error);
      [[fallthrough]];
    default:
      return Error(ErrorKind::kSystem, file + " failed: " + words);
  }
}

}  // namespace

Database::Database(Options options) : options_(std::move(options)), path_(options_.path) {
  try {
    open();
  } catch (...) {
    close();
    throw;
  }
}

// EXCLUSIVE: two daemons on one directory would hand out the same ranges, and the index of the log then lies
// in this process's memory, which halves the cost of a quick commit. SQLite's locks are fcntl(2) locks:
// nothing else in this process may open and close the file.
void Database::open() {
  if (!options_.read_only) make_private(path_);
  const int access = options_.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code =
      sqlite3_open_v2(path_.c_str(), &handle_, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                      options_.vfs.empty() ? nullptr : options_.vfs.c_str());
  if (code != SQLITE_OK) fail(code);
  if (options_.read_only) return;
  if (sqlite3_db_readonly(handle_, "main") == 1) fail(SQLITE_READONLY);
  sqlite3_busy_timeout(handle_, options_.busy_ms);
  execute("PRAGMA locking_mode=EXCLUSIVE");
  execute("PRAGMA journal_mode=WAL");
  execute("PRAGMA foreign_keys=ON");
  execute("PRAGMA wal_autocheckpoint=2000");  // pages: 8 MB of log, a few ms once in about a thousand changes
  execute("PRAGMA cell_size_check=ON");
  execute("PRAGMA trusted_schema=OFF");
  // Of the registry log_sync.h does the rest.
  execute(options_.synchronous ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

void Database::close() noexcept {
  for (auto& [sql, statements] : idle_)
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  idle_.clear();
  sqlite3_close_v2(std::exchange(handle_, nullptr));
}

Database::~Database() {
  close();
}

void Database::fail(int code) const {
  const std::string file = options_.what + " `" + path_ + "`";
  if (handle_ == nullptr) throw described(code, 0, file, sqlite3_errstr(code));
  throw described(code, sqlite3_system_errno(handle_), file, sqlite3_errmsg(handle_));
}

void Database::execute(const char* sql) {
  if (const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK) fail(code);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}
std::int64_t Database::changed() const {
  return sqlite3_changes64(handle_);
}
std::int64_t Database::last_row() const {
  return sqlite3_last_insert_rowid(handle_);
}

void Database::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

sqlite3_stmt* Database::take(std::string_view sql) {
  std::vector<sqlite3_stmt*>& idle = idle_[sql.data()];
  if (!idle.empty()) {
    sqlite3_stmt* statement = idle.back();
    idle.pop_back();
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) fail(code);
  return statement;
}

void Database::give_back(std::string_view sql, sqlite3_stmt* statement) noexcept {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  try {
    idle_[sql.data()].push_back(statement);
  } catch (...) {
    sqlite3_finalize(statement);
  }
}

Query::Query(Database& database, std::string_view sql)
    : database_(&database), sql_(sql), statement_(database.take(sql)) {}

Query::Query(Query&& other) noexcept
    : database_(other.database_), sql_(other.sql_), statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ != nullptr) database_->give_back(sql_, statement_);
}

// Bound texts are copied: a Query may outlive the temporary that it was made with.
void Query::bind(int place, std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_, place, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);  // NOLINT
  if (code != SQLITE_OK) database_->fail(code);
}

void Query::bind(int place, std::int64_t number) {
  if (const int code = sqlite3_bind_int64(statement_, place, number); code != SQLITE_OK)
    database_->fail(code);
}

void Query::bind_blob(int place, std::string_view bytes) {
  const int code =
      sqlite3_bind_blob64(statement_, place, bytes.data(), bytes.size(), SQLITE_TRANSIENT);  // NOLINT
  if (code != SQLITE_OK) database_->fail(code);
}

void Query::bind_null(int place) {
  if (const int code = sqlite3_bind_null(statement_, place); code != SQLITE_OK) database_->fail(code);
}

bool Query::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_->fail(code);
  return false;
}

void Query::run() {
  while (next()) continue;
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string Query::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string() : std::string(data, size);
}

std::int64_t Query::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.query("BEGIN IMMEDIATE").run();
}

void Transaction::commit() {
  database_.query("COMMIT").run();
  open_ = false;
}

// SQLite rolls back by itself after some errors (a full disk, for one).
Transaction::~Transaction() {
  if (!open_ || !database_.in_transaction()) return;
  try {
    database_.query("ROLLBACK").run();
  } catch (const Error&) {
    // Nothing better is left: the next BEGIN will fail and say why.
  }
}

}  // namespace croft::ctl
