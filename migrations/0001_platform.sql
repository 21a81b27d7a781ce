CREATE TABLE outbox (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  news_seq INTEGER NOT NULL,
  type TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL,
  relayed_ms INTEGER
);
CREATE UNIQUE INDEX outbox_by_seq ON outbox (tenant, news_seq);
CREATE INDEX outbox_waiting ON outbox (at_ms) WHERE relayed_ms IS NULL;

CREATE TABLE due (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  clock TEXT NOT NULL CHECK (clock IN ('real', 'test')),
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX due_by_time ON due (clock, at_ms);
CREATE INDEX due_by_tenant ON due (tenant, clock, at_ms);

CREATE TABLE idempotency (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  status INTEGER,
  body TEXT,
  PRIMARY KEY (caller, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_ms);
