-- The last answers of the API, a week long. An id begins with its time: what is old comes first.
CREATE TABLE request_logs (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  at_ms INTEGER NOT NULL CHECK (typeof(at_ms) = 'integer'),
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  status INTEGER NOT NULL CHECK (typeof(status) = 'integer'),
  code TEXT,
  key_id TEXT NOT NULL,
  user_id TEXT,
  acted_by TEXT,
  duration_ms INTEGER NOT NULL CHECK (typeof(duration_ms) = 'integer'),
  request_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX request_logs_by_tenant ON request_logs (tenant, id);
