// SQLite's C API with owners: a connection, statements that are prepared once, transactions that roll back
// unless committed, and its errors as runtime::Error with path and cure. Not thread-safe; whoever has
// one (the registry, the ledger) holds the lock.
//
// The C API rather than SQLiteCpp: statements that go back to a cache, extended error codes with the system's
// errno, and the order of locks, log and disk are what this file is about, and a general wrapper hides all of
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace croft::ctl {

class Query;

class Database {
 public:
  struct Options {
    std::string path;
    int busy_ms = 5000;  // how long to wait for a process that has it, for instance one that is just ending
    std::string what = "the registry";  // as messages call it
    bool synchronous = false;           // every commit is on the disk when it returns
    bool read_only = false;             // nothing of the file is changed, nor is it made
    std::string vfs{};                  // of SQLite, by name; empty: the default one
  };
  // Opens or makes the file with mode 0600, takes it for this process alone, and switches to WAL.
  explicit Database(Options options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `sql` must outlive the Database (a literal): it is the key of the cache. Values are bound in order.
  template <class... Values>
  Query query(std::string_view sql, const Values&... values);

  // Runs statements that give no rows and are not worth keeping.
  void execute(const char* sql);
  [[nodiscard]] bool in_transaction() const;
  // Rows changed by the last statement.
  [[nodiscard]] std::int64_t changed() const;
  // The number that the last insert gave its row.
  [[nodiscard]] std::int64_t last_row() const;
  void checkpoint();
  [[nodiscard]] const std::string& path() const { return path_; }

  // Throws the connection's present error.
  [[noreturn]] void fail(int code) const;

 private:
  friend class Query;
  sqlite3_stmt* take(std::string_view sql);
  void give_back(std::string_view sql, sqlite3_stmt* statement) noexcept;
  void open();
  void close() noexcept;

  Options options_;
  std::string path_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<const char*, std::vector<sqlite3_stmt*>> idle_;
};

// One run of a prepared statement; it goes back to the cache when the Query ends.
class Query {
 public:
  Query(Database& database, std::string_view sql);
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  void bind(int place, std::string_view text);
  void bind(int place, std::int64_t number);
  void bind_blob(int place, std::string_view bytes);
  void bind_null(int place);

  // Steps to the next row; false at the end.
  bool next();
  // Steps to the end.
  void run();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::string text(int column) const;  // also of blobs; "" for NULL
  [[nodiscard]] std::int64_t number(int column) const;

 private:
  Database* database_;
  std::string_view sql_;
  sqlite3_stmt* statement_;
};

// A value that is a blob to SQLite.
struct Blob {
  std::string_view bytes;
};

class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

namespace sqlite_detail {
inline void put(Query& query, int place, std::string_view text) {
  query.bind(place, text);
}
inline void put(Query& query, int place, std::int64_t number) {
  query.bind(place, number);
}
inline void put(Query& query, int place, const Blob& blob) {
  query.bind_blob(place, blob.bytes);
}
inline void put(Query& query, int place, std::nullptr_t /*null*/) {
  query.bind_null(place);
}
template <class T>
void put(Query& query, int place, const std::optional<T>& value) {
  if (value)
    put(query, place, *value);
  else
    query.bind_null(place);
}
}  // namespace sqlite_detail

template <class... Values>
Query Database::query(std::string_view sql, const Values&... values) {
  Query query(*this, sql);
  int place = 0;
  (sqlite_detail::put(query, ++place, values), ...);
  return query;
}

}  // namespace croft::ctl
