-- What callers of the Lago API call the subscriptions of tenants, where no name of the tenant does.
CREATE TABLE lago_subscriptions (
  external_id TEXT PRIMARY KEY NOT NULL CHECK (length(external_id) BETWEEN 1 AND 200),
  tenant TEXT NOT NULL REFERENCES tenants (id),
  created_ms INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer')
);
CREATE INDEX lago_subscriptions_by_tenant ON lago_subscriptions (tenant, created_ms);
