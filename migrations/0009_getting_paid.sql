-- When an issuer reminds of what is open, in days from the due date; none: it does not.
ALTER TABLE issuers ADD COLUMN reminder_days TEXT NOT NULL DEFAULT '[]'
  CHECK (json_valid(reminder_days));
-- Where its invoices are paid online, with placeholders.
ALTER TABLE issuers ADD COLUMN pay_url TEXT;

-- A provider's secret is sealed as those of webhooks are. SQL cannot seal what was plain: providers
-- are connected again.
DROP TABLE payment_hooks;
CREATE TABLE payment_hooks (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL CHECK (provider IN ('stripe', 'razorpay')),
  sealed TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  UNIQUE (tenant, provider)
);

-- Whether prices hold the tax already; like the currency it stays for a plan's and a
-- subscription's life.
ALTER TABLE plan_versions ADD COLUMN tax_inclusive INTEGER NOT NULL DEFAULT 0
  CHECK (tax_inclusive IN (0, 1));
ALTER TABLE subscriptions ADD COLUMN tax_inclusive INTEGER NOT NULL DEFAULT 0
  CHECK (tax_inclusive IN (0, 1));

-- The log also says that an end was taken back, and from when on another zone holds.
CREATE TABLE changed_subscription_changes (
  subscription_id TEXT NOT NULL REFERENCES subscriptions (id),
  seq INTEGER NOT NULL CHECK (seq > 0),
  kind TEXT NOT NULL CHECK (
    kind IN ('start', 'plan', 'version', 'seats', 'price', 'end', 'resume', 'zone')
  ),
  at_ms INTEGER NOT NULL CHECK (typeof(at_ms) = 'integer'),
  version_id TEXT NOT NULL REFERENCES plan_versions (id),
  base_price_minor INTEGER NOT NULL
    CHECK (typeof(base_price_minor) = 'integer' AND base_price_minor >= 0),
  seats INTEGER NOT NULL CHECK (typeof(seats) = 'integer' AND seats > 0),
  created_ms INTEGER NOT NULL,
  time_zone TEXT,
  PRIMARY KEY (subscription_id, seq),
  CHECK ((kind = 'zone') = (time_zone IS NOT NULL))
) WITHOUT ROWID;
INSERT INTO changed_subscription_changes SELECT *, NULL FROM subscription_changes;
DROP TABLE subscription_changes;
ALTER TABLE changed_subscription_changes RENAME TO subscription_changes;
CREATE INDEX subscription_changes_by_version ON subscription_changes (version_id);
