CREATE TABLE tenants (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('live', 'test')),
  operator INTEGER NOT NULL DEFAULT 0 CHECK (operator IN (0, 1)),
  test_clock_ms INTEGER,
  created_ms INTEGER NOT NULL,
  CHECK ((mode = 'test') = (test_clock_ms IS NOT NULL)),
  CHECK (test_clock_ms IS NULL OR typeof(test_clock_ms) = 'integer')
);
-- One operator an installation: it owns the plans and issues the subscription invoices.
CREATE UNIQUE INDEX tenants_operator ON tenants (operator) WHERE operator = 1;

CREATE TABLE users (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
  created_ms INTEGER NOT NULL,
  removed_ms INTEGER
);
CREATE UNIQUE INDEX users_by_email ON users (tenant, email) WHERE removed_ms IS NULL;
CREATE INDEX users_by_tenant ON users (tenant, id);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  user_id TEXT REFERENCES users (id),
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer', 'ingest')),
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER
);
CREATE INDEX api_keys_by_tenant ON api_keys (tenant, id);
CREATE INDEX api_keys_by_user ON api_keys (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE audit (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  at_ms INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  user_id TEXT,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(detail)),
  request_id TEXT
);
CREATE INDEX audit_by_time ON audit (tenant, at_ms, id);

INSERT INTO tenants (id, name, mode, operator, created_ms)
VALUES ('ten_operator', 'Operator', 'live', 1, 0);
