-- What the first pages show is kept as it comes about, so that none of them reads all there is.

-- How the monthly recurring revenue of a subscription moves: a row for each instant at which it
-- does, also those to come. What it is then is a month's share of its cycle, a year being 52 weeks
-- or 12 months, rounded half away from zero; before the end of a trial it is nothing.
CREATE TABLE recurring_steps (
  subscription_id TEXT NOT NULL REFERENCES subscriptions (id),
  at_ms INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  test INTEGER NOT NULL CHECK (test IN (0, 1)),
  currency TEXT NOT NULL,
  kind TEXT NOT NULL
    CHECK (kind IN ('new', 'reactivation', 'expansion', 'contraction', 'churn')),
  change_minor INTEGER NOT NULL,
  monthly_minor INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, at_ms)
) WITHOUT ROWID;
CREATE INDEX recurring_steps_by_time ON recurring_steps (test, at_ms);
CREATE INDEX recurring_steps_by_tenant ON recurring_steps (tenant, at_ms);

-- The same by month (UTC): all of an installation is a few rows a month.
CREATE TABLE recurring_months (
  test INTEGER NOT NULL,
  currency TEXT NOT NULL,
  month TEXT NOT NULL,
  kind TEXT NOT NULL,
  change_minor INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  PRIMARY KEY (test, currency, month, kind)
) WITHOUT ROWID;

CREATE TRIGGER recurring_steps_added AFTER INSERT ON recurring_steps
BEGIN
  INSERT INTO recurring_months (test, currency, month, kind, change_minor, steps)
    VALUES (NEW.test, NEW.currency, strftime('%Y-%m', NEW.at_ms / 1000, 'unixepoch'), NEW.kind,
            NEW.change_minor, 1)
    ON CONFLICT (test, currency, month, kind) DO UPDATE
      SET change_minor = change_minor + excluded.change_minor, steps = steps + 1;
END;
CREATE TRIGGER recurring_steps_taken AFTER DELETE ON recurring_steps
BEGIN
  UPDATE recurring_months SET change_minor = change_minor - OLD.change_minor, steps = steps - 1
    WHERE test = OLD.test AND currency = OLD.currency AND kind = OLD.kind
      AND month = strftime('%Y-%m', OLD.at_ms / 1000, 'unixepoch');
END;

-- An entry of the log takes away all that was to hold from its time on, and holds instead.
CREATE TRIGGER subscription_changes_moved AFTER INSERT ON subscription_changes
WHEN NEW.kind <> 'zone'
BEGIN
  DELETE FROM recurring_steps
    WHERE subscription_id = NEW.subscription_id AND at_ms >= (
      SELECT max(NEW.at_ms, coalesce(s.trial_end_ms, s.start_ms))
      FROM subscriptions AS s WHERE s.id = NEW.subscription_id
    );
  INSERT INTO recurring_steps
    (subscription_id, at_ms, tenant, test, currency, kind, change_minor, monthly_minor)
  SELECT id, moved_ms, tenant, test, currency,
         CASE
           WHEN was > 0 AND becomes = 0 THEN 'churn'
           WHEN was > becomes THEN 'contraction'
           WHEN was > 0 THEN 'expansion'
           WHEN EXISTS (
             SELECT 1 FROM recurring_steps AS earlier
             WHERE earlier.tenant = moved.tenant AND earlier.at_ms < moved_ms
               AND earlier.currency = moved.currency
           ) THEN 'reactivation'
           ELSE 'new'
         END,
         becomes - was, becomes
  FROM (
    SELECT *, coalesce((
      SELECT before.monthly_minor FROM recurring_steps AS before
      WHERE before.subscription_id = NEW.subscription_id AND before.at_ms < moved_ms
      ORDER BY before.at_ms DESC LIMIT 1
    ), 0) AS was
    FROM (
      SELECT s.id, s.tenant, s.currency, t.mode = 'test' AS test,
             max(NEW.at_ms, coalesce(s.trial_end_ms, s.start_ms)) AS moved_ms,
             -- More than 15 digits cannot be billed.
             CASE NEW.kind WHEN 'end' THEN 0 ELSE min(999999999999999, CAST(
               CASE s.cycle
                 WHEN 'week' THEN (NEW.base_price_minor * NEW.seats * 104 + 12) / 24
                 WHEN 'quarter' THEN (NEW.base_price_minor * NEW.seats * 2 + 3) / 6
                 WHEN 'half_year' THEN (NEW.base_price_minor * NEW.seats * 2 + 6) / 12
                 WHEN 'year' THEN (NEW.base_price_minor * NEW.seats * 2 + 12) / 24
                 ELSE NEW.base_price_minor * NEW.seats
               END AS INTEGER)) END AS becomes
      FROM subscriptions AS s JOIN tenants AS t ON t.id = s.tenant
      WHERE s.id = NEW.subscription_id
    )
  ) AS moved
  WHERE becomes <> was;
END;

-- What closed periods billed, before discounts and tax, by the month in which they ended (UTC) and
-- the version of the plan; by tenant and year.
CREATE TABLE billed_months (
  test INTEGER NOT NULL,
  month TEXT NOT NULL,
  currency TEXT NOT NULL,
  version_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (test, month, currency, version_id)
) WITHOUT ROWID;
CREATE TABLE billed_years (
  tenant TEXT NOT NULL,
  year TEXT NOT NULL,
  currency TEXT NOT NULL,
  test INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (tenant, year, currency)
) WITHOUT ROWID;
CREATE INDEX billed_years_by_amount ON billed_years (test, year, currency, amount_minor);

-- What the usage of a subscription's last whole period came to, against the one before it; those
-- that have ended have none.
CREATE TABLE usage_trends (
  subscription_id TEXT PRIMARY KEY NOT NULL REFERENCES subscriptions (id),
  tenant TEXT NOT NULL,
  test INTEGER NOT NULL,
  currency TEXT NOT NULL,
  end_ms INTEGER NOT NULL,
  usage_minor INTEGER NOT NULL,
  before_minor INTEGER NOT NULL,
  change_minor INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX usage_trends_by_change ON usage_trends (test, currency, change_minor);

CREATE TRIGGER periods_billed AFTER INSERT ON periods
BEGIN
  INSERT INTO billed_months (test, month, currency, version_id, amount_minor)
    SELECT t.mode = 'test', strftime('%Y-%m', NEW.end_ms / 1000, 'unixepoch'), NEW.currency,
           coalesce(line.value ->> '$.versionId', '') AS version,
           sum(CAST(line.value ->> '$.amountMinor' AS INTEGER))
    FROM tenants AS t, json_each(NEW.lines) AS line WHERE t.id = NEW.tenant GROUP BY version
    ON CONFLICT (test, month, currency, version_id) DO UPDATE
      SET amount_minor = amount_minor + excluded.amount_minor;
  INSERT INTO billed_years (tenant, year, currency, test, amount_minor)
    SELECT t.id, strftime('%Y', NEW.end_ms / 1000, 'unixepoch'), NEW.currency, t.mode = 'test',
           NEW.net_minor
    FROM tenants AS t WHERE t.id = NEW.tenant AND NEW.net_minor <> 0
    ON CONFLICT (tenant, year, currency) DO UPDATE
      SET amount_minor = amount_minor + excluded.amount_minor;
END;
CREATE TRIGGER periods_compared AFTER INSERT ON periods
WHEN NEW.kind = 'regular' AND NEW.end_ms > NEW.start_ms
BEGIN
  INSERT INTO usage_trends
    (subscription_id, tenant, test, currency, end_ms, usage_minor, before_minor, change_minor)
    SELECT s.id, s.tenant, t.mode = 'test', NEW.currency, NEW.end_ms, NEW.usage_minor,
           NEW.usage_minor, 0
    FROM subscriptions AS s JOIN tenants AS t ON t.id = s.tenant
    WHERE s.id = NEW.subscription_id AND s.status = 'active'
    ON CONFLICT (subscription_id) DO UPDATE
      SET before_minor = usage_minor, usage_minor = excluded.usage_minor,
          change_minor = excluded.usage_minor - usage_minor, end_ms = excluded.end_ms;
END;
CREATE TRIGGER subscriptions_compared_no_more AFTER UPDATE OF status ON subscriptions
WHEN NEW.status = 'ended'
BEGIN
  DELETE FROM usage_trends WHERE subscription_id = NEW.id;
END;
CREATE TRIGGER period_lines_billed AFTER INSERT ON period_lines
BEGIN
  INSERT INTO billed_months (test, month, currency, version_id, amount_minor)
    SELECT t.mode = 'test', strftime('%Y-%m', p.end_ms / 1000, 'unixepoch'), p.currency,
           coalesce(line.value ->> '$.versionId', '') AS version,
           sum(CAST(line.value ->> '$.amountMinor' AS INTEGER))
    FROM periods AS p JOIN tenants AS t ON t.id = p.tenant, json_each(NEW.lines) AS line
    WHERE p.id = NEW.period_id GROUP BY version
    ON CONFLICT (test, month, currency, version_id) DO UPDATE
      SET amount_minor = amount_minor + excluded.amount_minor;
END;

-- What there is already is counted once. The logs are written anew, so that the trigger takes each
-- of their entries in its order.
INSERT INTO billed_months (test, month, currency, version_id, amount_minor)
  SELECT test, month, currency, version, sum(amount) FROM (
    SELECT t.mode = 'test' AS test, strftime('%Y-%m', p.end_ms / 1000, 'unixepoch') AS month,
           p.currency AS currency, coalesce(line.value ->> '$.versionId', '') AS version,
           CAST(line.value ->> '$.amountMinor' AS INTEGER) AS amount
    FROM periods AS p JOIN tenants AS t ON t.id = p.tenant, json_each(p.lines) AS line
    UNION ALL
    SELECT t.mode = 'test', strftime('%Y-%m', p.end_ms / 1000, 'unixepoch'), p.currency,
           coalesce(line.value ->> '$.versionId', ''),
           CAST(line.value ->> '$.amountMinor' AS INTEGER)
    FROM period_lines AS l JOIN periods AS p ON p.id = l.period_id
         JOIN tenants AS t ON t.id = p.tenant, json_each(l.lines) AS line
  ) GROUP BY test, month, currency, version;
INSERT INTO billed_years (tenant, year, currency, test, amount_minor)
  SELECT p.tenant, strftime('%Y', p.end_ms / 1000, 'unixepoch') AS year, p.currency,
         t.mode = 'test', sum(p.net_minor)
  FROM periods AS p JOIN tenants AS t ON t.id = p.tenant
  WHERE p.net_minor <> 0 GROUP BY p.tenant, year, p.currency;
INSERT INTO usage_trends
  (subscription_id, tenant, test, currency, end_ms, usage_minor, before_minor, change_minor)
  SELECT subscription_id, tenant, test, currency, end_ms, usage_minor, before, usage_minor - before
  FROM (
    SELECT p.subscription_id, p.tenant, t.mode = 'test' AS test, p.currency, p.end_ms,
           p.usage_minor, p.number, max(p.number) OVER mine AS newest,
           coalesce(lag(p.usage_minor) OVER mine, p.usage_minor) AS before
    FROM periods AS p JOIN tenants AS t ON t.id = p.tenant
         JOIN subscriptions AS s ON s.id = p.subscription_id
    WHERE p.kind = 'regular' AND p.end_ms > p.start_ms AND s.status = 'active'
    WINDOW mine AS (PARTITION BY p.subscription_id ORDER BY p.number
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
  ) WHERE number = newest;
CREATE TABLE kept_changes AS SELECT * FROM subscription_changes;
DELETE FROM subscription_changes;
INSERT INTO subscription_changes
  (subscription_id, seq, kind, at_ms, version_id, base_price_minor, seats, created_ms, time_zone)
  SELECT subscription_id, seq, kind, at_ms, version_id, base_price_minor, seats, created_ms,
         time_zone
  FROM kept_changes ORDER BY subscription_id, seq;
DROP TABLE kept_changes;

-- What waits for money, and what came in a month.
CREATE INDEX documents_waiting ON documents (issuer, scope, kind, due_date) WHERE status = 'open';
CREATE INDEX documents_drafted ON documents (issuer, scope, kind, id) WHERE status = 'draft';
CREATE INDEX payments_by_day ON payments (issuer, paid_on);
-- What does not get on.
CREATE INDEX emails_queued ON emails (created_ms) WHERE status = 'queued';
CREATE INDEX webhook_endpoints_failing ON webhook_endpoints (failing_since_ms)
  WHERE failing_since_ms IS NOT NULL;
CREATE INDEX emails_failed ON emails (created_ms) WHERE status = 'failed';
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (created_ms) WHERE status = 'failed';
