#include "ctl/ledger/journal_schema.h"

#include "ctl/ledger/journal.h"
#include "ctl/lifecycle/registry/sqlite.h"
#include "runtime/error.h"

namespace croft::ledger {
namespace {

using ctl::Query;
using runtime::Error;
using runtime::ErrorKind;

// "Crfl", in the header of the file (sqlite.org/fileformat2.html, application_id).
constexpr std::int64_t kApplicationId = 0x4372666c;

constexpr const char* kTables = R"sql(
-- One row: who counts, and since when. The hash of the first record stands on it.
CREATE TABLE ledger (
  node  TEXT NOT NULL,
  epoch TEXT NOT NULL
) STRICT;

-- What records have in common: uuids, boot ids, what was promised.
CREATE TABLE texts (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE records (
  seq          INTEGER PRIMARY KEY,
  kind         INTEGER NOT NULL,
  cause        INTEGER NOT NULL,
  uuid         INTEGER NOT NULL REFERENCES texts(id),
  boot         INTEGER NOT NULL REFERENCES texts(id),
  generation   INTEGER NOT NULL,
  cgroup       INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  about        INTEGER NOT NULL REFERENCES texts(id),
  from_us      INTEGER NOT NULL,
  to_us        INTEGER NOT NULL,
  from_boot_us INTEGER NOT NULL,
  to_boot_us   INTEGER NOT NULL,
  covered_us   INTEGER NOT NULL,
  readings     BLOB NOT NULL,
  hash         BLOB NOT NULL,
  UNIQUE (uuid, boot, from_boot_us, to_boot_us, kind)
) STRICT;
CREATE INDEX records_by_time ON records(from_us);
CREATE TRIGGER records_stay BEFORE UPDATE ON records BEGIN SELECT RAISE(ABORT, 'records do not change'); END;
CREATE TRIGGER records_are_kept BEFORE DELETE ON records BEGIN SELECT RAISE(ABORT, 'records are kept'); END;

-- Where the next record of a container goes on; found anew from the records.
CREATE TABLE chains (
  uuid  INTEGER PRIMARY KEY REFERENCES texts(id),
  last  INTEGER NOT NULL REFERENCES records(seq),
  ended INTEGER NOT NULL
) STRICT;
)sql";

std::int64_t pragma(ctl::Database& database, std::string_view sql) {
  Query query = database.query(sql);
  return query.next() ? query.number(0) : 0;
}

}  // namespace

std::string epoch_named(Instant now) {
  return time_text(now.real);
}

void prepare_ledger(ctl::Database& database, const std::string& node, const std::string& epoch) {
  const std::int64_t version = pragma(database, "PRAGMA user_version");
  const std::int64_t application = pragma(database, "PRAGMA application_id");
  if (version > kLedgerVersion)
    throw Error(ErrorKind::kUnsupported,
                "the ledger `" + database.path() + "` was written by a newer Croft (version " +
                    std::to_string(version) + "; this one knows " + std::to_string(kLedgerVersion) + ")")
        .cure("install that Croft again");
  if (version == kLedgerVersion && application == kApplicationId) return;
  if (version != 0 || application != 0 || pragma(database, "SELECT count(*) FROM sqlite_schema") != 0)
    throw Error(ErrorKind::kInvalid, "`" + database.path() + "` is a database, but no ledger");
  ctl::Transaction transaction(database);
  database.execute(kTables);
  database
      .query("INSERT INTO ledger (node, epoch) VALUES (?, ?)", std::string_view(node),
             std::string_view(epoch))
      .run();
  database.execute(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
  database.execute(("PRAGMA user_version=" + std::to_string(kLedgerVersion)).c_str());
  transaction.commit();
}

}  // namespace croft::ledger
