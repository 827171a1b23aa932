// The file of records: SQLite, append-only, on the disk when append returns. Records are numbered without
// gaps in their epoch, and each has the hash of itself and the one before, so that an edit shows. All methods
// may be called from any thread and throw runtime::Error.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ctl/ledger/record.h"

namespace croft::ctl {
class Database;
class Query;
}  // namespace croft::ctl

namespace croft::ledger {

inline constexpr int kLedgerVersion = 1;

struct JournalOptions {
  std::string path;
  std::string node;    // who counts: machine id of the host
  Instant now;         // names the epoch of a file that is made anew
  std::string vfs{};   // of SQLite; empty: the default one
  int busy_ms = 5000;  // how long to wait for a process that still has the file
};

struct JournalState {
  std::string node;
  std::string epoch;
  std::uint64_t last = 0;    // number of the last record
  templates::Digest hash{};  // and its hash
  std::string read_only;     // why nothing can be added; empty: it can
};

// What a look at every record found.
struct Verified {
  std::uint64_t records = 0;  // that are as they were written, from the first on
  std::string wrong;          // what is wrong with the next one; empty: nothing
};

class Journal {
 public:
  // Opens or makes it. A damaged file, or one of a newer Croft, is opened for reading alone.
  explicit Journal(JournalOptions options);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  // All of them or none; numbers and hashes are put into `records`. Those that an append which failed has
  // written all the same are not written twice. Throws Error kRefused when the file is only read.
  void append(std::vector<Record>& records);
  [[nodiscard]] JournalState state() const;

  // The last record of a container, and of all whose chain has not ended.
  [[nodiscard]] std::optional<Record> last_of(const std::string& uuid) const;
  [[nodiscard]] std::vector<Record> last_of_all() const;
  // Whether any record is of this container: uuid, or TENANT/NAME as it was called once.
  [[nodiscard]] bool knows(const std::string& container) const;
  // Numbers after+1 and on, at most `limit`.
  [[nodiscard]] std::vector<Record> after(std::uint64_t after, std::size_t limit) const;
  // Those that begin at `from` or later, and before `to` (microseconds since 1970), in order of time.
  void each_between(std::int64_t from, std::int64_t to,
                    const std::function<void(const Record& record)>& take) const;
  // Looks at every record. Others can use the journal meanwhile.
  [[nodiscard]] Verified verify() const;

 private:
  void open();
  void open_or_only_read();
  void load_tip();
  void insert(Record& record);
  std::int64_t text_id(const std::string& text);
  [[nodiscard]] bool is_there(const Record& record) const;
  [[nodiscard]] std::vector<Record> rows(ctl::Query query) const;

  JournalOptions options_;
  mutable std::mutex mutex_;
  std::unique_ptr<ctl::Database> database_;
  JournalState state_;
  bool doubtful_ = false;  // the last append failed, and may have been written
};

// What the hash of the first record stands on.
templates::Digest first_hash(const std::string& node, const std::string& epoch);

}  // namespace croft::ledger
