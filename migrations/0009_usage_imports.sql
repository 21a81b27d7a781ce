-- Usage from before the window that recording takes, under a name: it can be looked at before it
-- counts, and taken back afterwards.
CREATE TABLE usage_imports (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (
    status IN ('open', 'committing', 'committed', 'reverting', 'reverted')
  ),
  -- The highest sequence that its events have reached; NULL: none counts yet.
  up_to_seq INTEGER,
  created_ms INTEGER NOT NULL,
  UNIQUE (tenant, name)
);

CREATE TABLE usage_import_events (
  import_id TEXT NOT NULL REFERENCES usage_imports (id) ON DELETE CASCADE,
  id TEXT NOT NULL,
  item TEXT NOT NULL CHECK (json_valid(item)),
  -- Once recorded its sequence; refused: why; voided: taken back since.
  seq INTEGER,
  refused TEXT,
  voided INTEGER NOT NULL DEFAULT 0 CHECK (voided IN (0, 1)),
  PRIMARY KEY (import_id, id)
) WITHOUT ROWID;
