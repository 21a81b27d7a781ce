-- Billing cycles are listed in the code, which checks what is written: the CHECKs that knew months
-- and years go. A version has a base price for each cycle; those that there are have none for the
-- new ones. What is subscribed stays as it is.

ALTER TABLE plan_versions ADD COLUMN base_week_minor INTEGER
  CHECK (base_week_minor IS NULL OR typeof(base_week_minor) = 'integer');
ALTER TABLE plan_versions ADD COLUMN base_quarter_minor INTEGER
  CHECK (base_quarter_minor IS NULL OR typeof(base_quarter_minor) = 'integer');
ALTER TABLE plan_versions ADD COLUMN base_half_year_minor INTEGER
  CHECK (base_half_year_minor IS NULL OR typeof(base_half_year_minor) = 'integer');

ALTER TABLE plan_versions ADD COLUMN open_usage_interval TEXT;
UPDATE plan_versions SET open_usage_interval = usage_interval WHERE usage_interval IS NOT NULL;
ALTER TABLE plan_versions DROP COLUMN usage_interval;
ALTER TABLE plan_versions RENAME COLUMN open_usage_interval TO usage_interval;

-- One CHECK of `subscriptions` names two columns, so that neither can go: the table is made anew.
-- Others refer to it, which is looked at when all is done. It is filled under its own name, since
-- only that makes their references good again.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE kept_subscriptions AS SELECT
  id, tenant, status, cycle, usage_interval, base_timing, anchor, time_zone, currency, start_ms,
  trial_end_ms, end_ms, created_ms, tax_inclusive
FROM subscriptions;
DROP TABLE subscriptions;
CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  status TEXT NOT NULL CHECK (status IN ('active', 'ended')),
  cycle TEXT NOT NULL,
  usage_interval TEXT NOT NULL,
  base_timing TEXT NOT NULL CHECK (base_timing IN ('arrears', 'advance')),
  anchor TEXT NOT NULL CHECK (anchor IN ('anniversary', 'calendar')),
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL,
  start_ms INTEGER NOT NULL CHECK (typeof(start_ms) = 'integer'),
  trial_end_ms INTEGER CHECK (trial_end_ms IS NULL OR trial_end_ms > start_ms),
  -- Known once an end was asked for; the log's entry decides.
  end_ms INTEGER,
  created_ms INTEGER NOT NULL,
  tax_inclusive INTEGER NOT NULL DEFAULT 0 CHECK (tax_inclusive IN (0, 1))
);
INSERT INTO subscriptions
  (id, tenant, status, cycle, usage_interval, base_timing, anchor, time_zone, currency, start_ms,
   trial_end_ms, end_ms, created_ms, tax_inclusive)
SELECT id, tenant, status, cycle, usage_interval, base_timing, anchor, time_zone, currency, start_ms,
       trial_end_ms, end_ms, created_ms, tax_inclusive
FROM kept_subscriptions;
DROP TABLE kept_subscriptions;
CREATE UNIQUE INDEX subscriptions_active ON subscriptions (tenant) WHERE status = 'active';
CREATE INDEX subscriptions_by_tenant ON subscriptions (tenant, id);
