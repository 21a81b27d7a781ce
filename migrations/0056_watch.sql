-- What waits the longest, of announcements that were not handled and of deliveries that are pending.
CREATE INDEX outbox_open ON outbox (at_ms) WHERE handled_ms IS NULL;
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (created_ms)
  WHERE status = 'pending';

-- Messages that a queue gave up, until somebody runs them again or drops them.
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY NOT NULL,
  queue TEXT NOT NULL,
  kind TEXT NOT NULL,
  tenant TEXT,
  ref TEXT,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX dead_letters_by_time ON dead_letters (at_ms);

-- How far what is sealed was sealed anew, while the installation's secret is changed.
CREATE TABLE reseals (
  -- Names the secret that seals, and reveals nothing of it.
  secret TEXT PRIMARY KEY NOT NULL,
  began_ms INTEGER NOT NULL,
  part TEXT NOT NULL,
  after TEXT NOT NULL,
  resealed INTEGER NOT NULL DEFAULT 0,
  unreadable INTEGER NOT NULL DEFAULT 0,
  done_ms INTEGER
);
