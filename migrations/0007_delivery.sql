CREATE TABLE webhook_endpoints (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  url TEXT NOT NULL,
  description TEXT,
  -- A JSON array of event types; empty: all.
  events TEXT NOT NULL CHECK (json_valid(events)),
  -- Null while it is enabled, else why it is not.
  disabled TEXT CHECK (disabled IN ('asked', 'gone', 'failing')),
  slow INTEGER NOT NULL DEFAULT 0 CHECK (slow IN (0, 1)),
  failing_since_ms INTEGER,
  created_ms INTEGER NOT NULL
);
CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant, id);

-- Sealed with DELIVERY_SECRET; several live while a secret is rotated.
CREATE TABLE webhook_secrets (
  id TEXT PRIMARY KEY NOT NULL,
  endpoint TEXT NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  sealed TEXT NOT NULL,
  expires_ms INTEGER,
  created_ms INTEGER NOT NULL
);
CREATE INDEX webhook_secrets_by_endpoint ON webhook_secrets (endpoint, id);

CREATE TABLE webhook_deliveries (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  endpoint TEXT NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  -- The announcement's id, or a test event's own; the receiver sees it as webhook-id.
  message TEXT NOT NULL,
  -- Null for a test event.
  news_seq INTEGER,
  type TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  -- Attempts since it was last asked for: its place in the schedule.
  step INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (endpoint, message);
CREATE INDEX webhook_deliveries_by_tenant ON webhook_deliveries (tenant, id);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (endpoint, id)
  WHERE status = 'pending';

CREATE TABLE webhook_attempts (
  delivery TEXT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  n INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  -- Null where no answer came; then `error` says why.
  status INTEGER,
  error TEXT,
  latency_ms INTEGER NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (delivery, n)
) WITHOUT ROWID;
