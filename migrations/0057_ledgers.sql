-- Usage in many databases. The tables of usage that are here are ledger 0, and stay where they are;
-- migrations/ledger makes the same in each further database.

-- In which ledger a tenant's usage lies, and how often that was changed.
ALTER TABLE tenants ADD COLUMN ledger INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN ledger_epoch INTEGER NOT NULL DEFAULT 0;

CREATE INDEX tenants_by_ledger ON tenants (ledger, id);

-- Not 0 once a tenant's usage was moved away: the epoch of that move. No drain fits the row then.
ALTER TABLE usage_watermarks ADD COLUMN fenced INTEGER NOT NULL DEFAULT 0;

-- What follows from usage outside the ledger (announcements, names of metrics) is written here in
-- batches of its own: how many there were of a tenant, and up to which sequence.
CREATE TABLE usage_announced (
  tenant TEXT PRIMARY KEY NOT NULL,
  batches INTEGER NOT NULL,
  up_to INTEGER NOT NULL
) WITHOUT ROWID;

-- The ledgers that have tenants, or were seen: how many, and how large the database was.
CREATE TABLE ledgers (
  ledger INTEGER PRIMARY KEY NOT NULL,
  tenants INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  seen_ms INTEGER NOT NULL DEFAULT 0
);
INSERT INTO ledgers (ledger, tenants) SELECT 0, count(*) FROM tenants;

CREATE TRIGGER tenants_ledger_made AFTER INSERT ON tenants BEGIN
  INSERT INTO ledgers (ledger, tenants) VALUES (new.ledger, 1)
  ON CONFLICT (ledger) DO UPDATE SET tenants = tenants + 1;
END;
CREATE TRIGGER tenants_ledger_changed AFTER UPDATE OF ledger ON tenants
WHEN new.ledger <> old.ledger BEGIN
  INSERT INTO ledgers (ledger, tenants) VALUES (new.ledger, 1)
  ON CONFLICT (ledger) DO UPDATE SET tenants = tenants + 1;
  UPDATE ledgers SET tenants = tenants - 1 WHERE ledger = old.ledger;
END;

-- A tenant's move to another ledger; `step` is what it does next (metering/move/move.ts).
CREATE TABLE ledger_moves (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  from_ledger INTEGER NOT NULL,
  to_ledger INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  step TEXT NOT NULL,
  -- How far the step is, and what it goes on from.
  state TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL,
  -- When the tenant's usage was in its new place; null before.
  switched_ms INTEGER,
  -- When what was moved was forgotten in the old place; null before.
  forgotten_ms INTEGER
) WITHOUT ROWID;
CREATE UNIQUE INDEX ledger_moves_open ON ledger_moves (tenant) WHERE switched_ms IS NULL;
CREATE INDEX ledger_moves_by_tenant ON ledger_moves (tenant, epoch);
