-- What left a ledger for the archive, as the control database has it (migrations/0055_retention.sql).

-- What of a tenant's events has left the ledger: a part of a month each, as an object in R2. `runs`
-- are its segments, [first sequence, last one, generation, place in the object, bytes].
CREATE TABLE usage_archives (
  tenant TEXT NOT NULL,
  month TEXT NOT NULL,
  part INTEGER NOT NULL,
  low INTEGER NOT NULL,
  high INTEGER NOT NULL,
  events INTEGER NOT NULL,
  ts_min INTEGER NOT NULL,
  ts_max INTEGER NOT NULL,
  runs TEXT NOT NULL,
  object_key TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  archived_ms INTEGER NOT NULL,
  -- Until when its events are in the ledger again; null while they are not.
  restored_until_ms INTEGER,
  PRIMARY KEY (tenant, month, part)
) WITHOUT ROWID;

CREATE INDEX usage_archives_by_time
  ON usage_archives (tenant, restored_until_ms, ts_max, ts_min, month);
CREATE INDEX usage_archives_by_high ON usage_archives (tenant, high, low);

-- Objects in R2 that nothing points at any more. They go once no restore of the database can bring
-- back a row that did.
CREATE TABLE forgotten_objects (
  object_key TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  forget_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX forgotten_objects_by_time ON forgotten_objects (forget_ms);
