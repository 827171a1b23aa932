PRAGMA foreign_keys=OFF;
PRAGMA application_id=1131570804;
PRAGMA user_version=1;
BEGIN TRANSACTION;
CREATE TABLE addresses (
  place    BLOB PRIMARY KEY,
  address  TEXT NOT NULL,
  uuid     TEXT NOT NULL REFERENCES containers(uuid),
  pool     TEXT NOT NULL,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "addresses" VALUES(X'00000000000000000000FFFF0ACF0001','10.207.0.1','be40dc25-4cdc-4a06-8e36-895c809158ad','net4',0);
INSERT INTO "addresses" VALUES(X'00000000000000000000FFFF0ACF0002','10.207.0.2','8d0e742f-4452-4854-8832-ec97593c100d','net4',0);
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
INSERT INTO "containers" VALUES('be40dc25-4cdc-4a06-8e36-895c809158ad','default','web1','bb','["sha256:aa","sha256:bb"]','{"cpu":{"limit":500},"env":{"LANG":"C"},"ephemeral":false,"init":"auto","memory":{"limit":536870912},"net":{"mode":"routed"},"pty":true,"security":{"no_new_privileges":false},"stop":{"timeout":30},"tasks":{"limit":4096},"template":"bb","time_namespace":false}','ready','',0,1,'2026-11-20T10:00:07.000000Z','',NULL);
INSERT INTO "containers" VALUES('8d0e742f-4452-4854-8832-ec97593c100d','acme','db1','bb','["sha256:aa","sha256:bb"]','{"cpu":{"limit":"unlimited"},"ephemeral":false,"init":"auto","label":{"a":"b"},"memory":{"limit":1073741824},"net":{"mode":"routed"},"pty":true,"security":{"no_new_privileges":false},"stop":{"timeout":30},"tasks":{"limit":"unlimited"},"template":"bb","time_namespace":false}','configured','',0,1,'2026-11-20T10:00:09.000000Z','',NULL);
CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  last TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "cursors" VALUES('ids','268566528');
INSERT INTO "cursors" VALUES('pool net4','10.207.0.3');
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
INSERT INTO "events" VALUES(1,'2026-11-20T10:00:02.000000Z','tenant.created','acme','','{"origin":"unix","pid":7,"uid":0}',NULL,'{"labels":{"contact":"ops@acme.example","plan":"gold"}}',NULL);
INSERT INTO "events" VALUES(2,'2026-11-20T10:00:04.000000Z','tenant.created','empty','','{"origin":"unix","pid":7,"uid":0}',NULL,'{"labels":{}}',NULL);
INSERT INTO "events" VALUES(3,'2026-11-20T10:00:06.000000Z','template.added','bb','','{"origin":"unix","pid":7,"uid":0}',NULL,'{"layers":["sha256:aa","sha256:bb"]}',NULL);
INSERT INTO "events" VALUES(4,'2026-11-20T10:00:08.000000Z','container.created','default/web1','be40dc25-4cdc-4a06-8e36-895c809158ad','{"origin":"unix","pid":7,"uid":0}',NULL,'{"addresses":["10.207.0.1"],"spec":{"cpu":{"limit":500},"env":{"LANG":"C"},"ephemeral":false,"init":"auto","memory":{"limit":536870912},"net":{"mode":"routed"},"pty":true,"security":{"no_new_privileges":false},"stop":{"timeout":30},"tasks":{"limit":4096},"template":"bb","time_namespace":false},"state":"configured"}',NULL);
INSERT INTO "events" VALUES(5,'2026-11-20T10:00:10.000000Z','container.created','acme/db1','8d0e742f-4452-4854-8832-ec97593c100d','{"origin":"unix","pid":7,"uid":0}',NULL,'{"addresses":["10.207.0.2"],"spec":{"cpu":{"limit":"unlimited"},"ephemeral":false,"init":"auto","label":{"a":"b"},"memory":{"limit":1073741824},"net":{"mode":"routed"},"pty":true,"security":{"no_new_privileges":false},"stop":{"timeout":30},"tasks":{"limit":"unlimited"},"template":"bb","time_namespace":false},"state":"configured"}',NULL);
INSERT INTO "events" VALUES(6,'2026-11-20T10:00:12.000000Z','container.created','acme/gone','8a710bcc-35a4-4f2e-98ed-2429419fad70','{"origin":"unix","pid":7,"uid":0}',NULL,'{"addresses":["10.207.0.3"],"spec":{"cpu":{"limit":"unlimited"},"ephemeral":false,"init":"auto","memory":{"limit":1073741824},"net":{"mode":"routed"},"pty":true,"security":{"no_new_privileges":false},"stop":{"timeout":30},"tasks":{"limit":4096},"template":"bb","time_namespace":false},"state":"configured"}',NULL);
INSERT INTO "events" VALUES(7,'2026-11-20T10:00:13.000000Z','container.ready','default/web1','be40dc25-4cdc-4a06-8e36-895c809158ad','{"origin":"unix","pid":7,"uid":0}','{"state":"configured"}','{"state":"ready"}',NULL);
INSERT INTO "events" VALUES(8,'2026-11-20T10:00:14.000000Z','container.destroying','acme/gone','8a710bcc-35a4-4f2e-98ed-2429419fad70','{"origin":"unix","pid":7,"uid":0}','{"state":"configured"}','{"state":"destroying"}',NULL);
INSERT INTO "events" VALUES(9,'2026-11-20T10:00:15.000000Z','container.destroyed','acme/gone','8a710bcc-35a4-4f2e-98ed-2429419fad70','{"origin":"unix","pid":7,"uid":0}','{"state":"destroying"}',NULL,NULL);
CREATE TABLE id_ranges (
  base INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE REFERENCES containers(uuid)
) STRICT;
INSERT INTO "id_ranges" VALUES(268435456,'be40dc25-4cdc-4a06-8e36-895c809158ad');
INSERT INTO "id_ranges" VALUES(268500992,'8d0e742f-4452-4854-8832-ec97593c100d');
CREATE TABLE kept (
  kind TEXT NOT NULL,
  key  TEXT NOT NULL,
  text TEXT NOT NULL,
  time TEXT NOT NULL,
  UNIQUE (kind, key)
) STRICT;
INSERT INTO "kept" VALUES('operation','op1','{}','2026-11-20T10:00:16.000000Z');
CREATE TABLE templates (
  name     TEXT PRIMARY KEY,
  manifest TEXT NOT NULL,
  created  TEXT NOT NULL
) STRICT;
INSERT INTO "templates" VALUES('bb','{"init":"busybox","layers":["sha256:aa","sha256:bb"]}','2026-11-20T10:00:05.000000Z');
CREATE TABLE tenants (
  name    TEXT PRIMARY KEY,
  created TEXT NOT NULL,
  labels  TEXT NOT NULL
) STRICT;
INSERT INTO "tenants" VALUES('default','2026-11-20T10:00:00.000000Z','{}');
INSERT INTO "tenants" VALUES('acme','2026-11-20T10:00:01.000000Z','{"contact":"ops@acme.example","plan":"gold"}');
INSERT INTO "tenants" VALUES('empty','2026-11-20T10:00:03.000000Z','{}');
CREATE TABLE tombstones (
  uuid BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO "tombstones" VALUES(X'8A710BCC35A44F2E98ED2429419FAD70');
CREATE INDEX containers_by_template ON containers(template);
CREATE INDEX addresses_by_uuid ON addresses(uuid);
COMMIT;
