#include "ctl/lifecycle/registry/schema.h"

#include <array>
#include <map>
#include <string>

#include "ctl/spec/spec.h"
#include "runtime/error.h"

namespace croft::ctl {
namespace {

using runtime::Error;
using runtime::ErrorKind;

// "Crft", in the header of the file (sqlite.org/fileformat2.html, application_id).
constexpr std::int64_t kApplicationId = 0x43726674;

// Migration i brings version i to i+1. A released one is never edited.
constexpr std::array<const char*, kSchemaVersion> kMigrations{R"sql(
-- Where next-fit searches go on: the last id base and the last address of each pool.
CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  last TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
  name    TEXT PRIMARY KEY,
  created TEXT NOT NULL,
  labels  TEXT NOT NULL
) STRICT;

CREATE TABLE templates (
  name     TEXT PRIMARY KEY,
  manifest TEXT NOT NULL,
  created  TEXT NOT NULL
) STRICT;

CREATE TABLE containers (
  uuid       TEXT PRIMARY KEY,
  tenant     TEXT NOT NULL REFERENCES tenants(name),
  name       TEXT NOT NULL,
  template   TEXT REFERENCES templates(name),
  layers     TEXT NOT NULL,
  spec       TEXT NOT NULL,
  state      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  generation INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  created    TEXT NOT NULL,
  started    TEXT NOT NULL,
  last_exit  TEXT,
  UNIQUE (tenant, name)
) STRICT;
CREATE INDEX containers_by_template ON containers(template);

-- 65536 host ids from `base`; the row goes when nothing on the host belongs to them any more.
CREATE TABLE id_ranges (
  base INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE REFERENCES containers(uuid)
) STRICT;

-- `place` orders addresses of one family as numbers: 16 bytes, IPv4 as ::ffff:a.b.c.d. `pool` is empty for an address
-- that the operator asked for.
CREATE TABLE addresses (
  place    BLOB PRIMARY KEY,
  address  TEXT NOT NULL,
  uuid     TEXT NOT NULL REFERENCES containers(uuid),
  pool     TEXT NOT NULL,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_by_uuid ON addresses(uuid);

-- 16 bytes each, kept for ever: a uuid is never used again.
CREATE TABLE tombstones (
  uuid BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  number INTEGER PRIMARY KEY,
  time   TEXT NOT NULL,
  kind   TEXT NOT NULL,
  object TEXT NOT NULL,
  uuid   TEXT NOT NULL,
  actor  TEXT,
  before TEXT,
  after  TEXT,
  detail TEXT
) STRICT;

CREATE TABLE kept (
  kind TEXT NOT NULL,
  key  TEXT NOT NULL,
  text TEXT NOT NULL,
  time TEXT NOT NULL,
  UNIQUE (kind, key)
) STRICT;
)sql",
                                                              R"sql(
-- Tenants are pools within each other, each with words of its own.
ALTER TABLE tenants ADD COLUMN parent TEXT REFERENCES tenants(name);
ALTER TABLE tenants ADD COLUMN resources TEXT NOT NULL DEFAULT '{}';
CREATE INDEX tenants_by_parent ON tenants(parent);
-- The values of its plan as they were last applied to the container; a plan's next values are merged over them.
ALTER TABLE containers ADD COLUMN plan_values TEXT;
)sql",
                                                              R"sql(
-- Prefixes that addresses are leased from, each in the pool of a name. `first` and `last`, both given out, are places
-- as in addresses. `embedded` is what the daemon's own options say.
CREATE TABLE pools (
  prefix   TEXT PRIMARY KEY,
  pool     TEXT NOT NULL,
  first    BLOB NOT NULL,
  last     BLOB NOT NULL,
  embedded INTEGER NOT NULL,
  created  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
UPDATE addresses SET pool = 'default' WHERE pool IN ('net4', 'net6');
DELETE FROM cursors WHERE name IN ('pool net4', 'pool net6');
)sql",
                                                              R"sql(
-- Whether what is sent from it to elsewhere leaves with an address of the host.
ALTER TABLE pools ADD COLUMN nat INTEGER NOT NULL DEFAULT 0;
UPDATE pools SET nat = embedded;
)sql",
                                                              R"sql(
-- Ports of the host that lead to containers: `first` to `last` of the protocol at an address, a place as in addresses,
-- or without one at all of them.
CREATE TABLE forwards (
  uuid     TEXT NOT NULL REFERENCES containers(uuid),
  protocol INTEGER NOT NULL,
  place    BLOB NOT NULL,
  first    INTEGER NOT NULL,
  last     INTEGER NOT NULL
) STRICT;
CREATE INDEX forwards_by_uuid ON forwards(uuid);
CREATE INDEX forwards_by_port ON forwards(protocol, first);
)sql",
                                                              R"sql(
-- Rates of networks are keys of specifications now, which complete_specs adds to those that are stored.
)sql",
                                                              R"sql(
-- Barriers of swap and of memory with swap are keys of specifications now, which complete_specs adds.
)sql",
                                                              R"sql(
-- Places for containers' files beside the data directory's own, which has no row. `directory` is what Croft made there,
-- `bytes` the size of the file system in a file in it; 0 where the pool lies on a file system that was there. A
-- container's pool is `pool` of its specification.
CREATE TABLE disk_pools (
  name      TEXT PRIMARY KEY,
  kind      TEXT NOT NULL,
  directory TEXT NOT NULL UNIQUE,
  bytes     INTEGER NOT NULL,
  state     TEXT NOT NULL,
  created   TEXT NOT NULL
) STRICT;
)sql",
                                                              R"sql(
-- The interface that an address is of; empty: the first one. Queues are a key of specifications now, which
-- complete_specs adds.
ALTER TABLE addresses ADD COLUMN nic TEXT NOT NULL DEFAULT '';
)sql",
                                                              R"sql(
-- 1: lent for a change that a running container is still in the midst of; what it is to become then is kept as
-- `readdress`. The next keys of interfaces are added by complete_specs.
ALTER TABLE addresses ADD COLUMN coming INTEGER NOT NULL DEFAULT 0;
)sql",
                                                              R"sql(
-- Keys for what starts by itself, and for what is not destroyed: complete_specs adds them.
)sql",
                                                              R"sql(
-- Who writes resolv.conf is a key of specifications now, which complete_specs adds.
)sql",
                                                              R"sql(
-- What the journal of events forgets, but for what resources tell of themselves, so that it is known for good who
-- changed what.
CREATE TABLE history (
  number INTEGER PRIMARY KEY,
  time   TEXT NOT NULL,
  kind   TEXT NOT NULL,
  object TEXT NOT NULL,
  uuid   TEXT NOT NULL,
  actor  TEXT,
  before TEXT,
  after  TEXT,
  detail TEXT
) STRICT;
CREATE INDEX history_by_uuid ON history(uuid);
CREATE INDEX history_by_object ON history(object);
-- Why nobody may start it, since when, by whom, and whether it ran: JSON, or nothing.
ALTER TABLE containers ADD COLUMN suspended TEXT;
)sql",
                                                              R"sql(
-- Whether a container is shown its own figures is a key of specifications now, which complete_specs adds.
)sql",
                                                              R"sql(
-- Keys that an older Croft would take for unknown: note, external_id, timezone, locale, cloud_init, credential.
-- Since when, until when and as what it lies in the trash, and who put it there: JSON, or nothing.
ALTER TABLE containers ADD COLUMN trashed TEXT;
)sql",
                                                              R"sql(
-- Hooks are a key of specifications now, which an earlier version does not know; those that are due are kept as `hook`.
)sql",
                                                              R"sql(
-- Features are a key of specifications now, which an earlier version does not know.
)sql"};

std::int64_t pragma(Database& database, std::string_view sql) {
  Query query = database.query(sql);
  return query.next() ? query.number(0) : 0;
}

void check_owner(Database& database, std::int64_t version) {
  const std::int64_t owner = pragma(database, "PRAGMA application_id");
  const bool empty = pragma(database, "SELECT count(*) FROM sqlite_schema") == 0;
  if (owner != kApplicationId && !(empty && owner == 0 && version == 0))
    throw Error(ErrorKind::kInvalid, "`" + database.path() + "` is no registry of Croft")
        .cure("move it away, or give another data directory");
  if (version > kSchemaVersion)
    throw Error(ErrorKind::kUnsupported,
                "the registry `" + database.path() + "` has format " + std::to_string(version) +
                    " of a newer Croft; this one knows up to " + std::to_string(kSchemaVersion))
        .cure("install the newer version again, or restore a backup from before it");
}

}  // namespace

namespace {

// Specifications say every key that has a default. Those stored before a key was known get it, so that it is
// no difference when the container is changed next.
void complete_specs(Database& database) {
  std::map<std::string, std::string> stored;
  {
    Query query = database.query("SELECT uuid, spec FROM containers");
    while (query.next()) stored.emplace(query.text(0), query.text(1));
  }
  for (const auto& [uuid, spec] : stored)
    database
        .query("UPDATE containers SET spec = ? WHERE uuid = ?", to_json(parse_spec(parse_json(spec))).dump(),
               uuid)
        .run();
}

}  // namespace

void prepare_schema(Database& database, const std::string& now) {
  const std::int64_t version = pragma(database, "PRAGMA user_version");
  check_owner(database, version);
  if (version == kSchemaVersion) return;
  Transaction transaction(database);
  for (std::int64_t i = version; i < kSchemaVersion; ++i)
    database.execute(kMigrations.at(static_cast<std::size_t>(i)));
  complete_specs(database);
  if (version == 0)
    database.query("INSERT INTO tenants (name, created, labels) VALUES ('default', ?, '{}')", now).run();
  database.execute(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
  database.execute(("PRAGMA user_version=" + std::to_string(kSchemaVersion)).c_str());
  transaction.commit();
}

}  // namespace croft::ctl
