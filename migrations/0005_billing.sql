-- What can be subscribed to. A version never changes: editing a plan makes the next one.
CREATE TABLE plans (
  id TEXT PRIMARY KEY NOT NULL,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL,
  archived_ms INTEGER
);

-- NULL timing, interval or base price: the subscription's cycle, or the subscription itself, decides.
CREATE TABLE plan_versions (
  id TEXT PRIMARY KEY NOT NULL,
  plan_id TEXT NOT NULL REFERENCES plans (id),
  version INTEGER NOT NULL CHECK (version > 0),
  currency TEXT NOT NULL,
  base_timing TEXT CHECK (base_timing IN ('arrears', 'advance')),
  usage_interval TEXT CHECK (usage_interval IN ('month', 'year')),
  base_month_minor INTEGER CHECK (base_month_minor IS NULL OR typeof(base_month_minor) = 'integer'),
  base_year_minor INTEGER CHECK (base_year_minor IS NULL OR typeof(base_year_minor) = 'integer'),
  minimum_minor INTEGER NOT NULL DEFAULT 0
    CHECK (typeof(minimum_minor) = 'integer' AND minimum_minor >= 0),
  -- Less than this is carried to the next document; the last one bills everything.
  least_invoice_minor INTEGER NOT NULL DEFAULT 0
    CHECK (typeof(least_invoice_minor) = 'integer' AND least_invoice_minor >= 0),
  grace_ms INTEGER NOT NULL DEFAULT 3600000 CHECK (grace_ms BETWEEN 0 AND 259200000),
  finalize_zero INTEGER NOT NULL DEFAULT 0 CHECK (finalize_zero IN (0, 1)),
  created_ms INTEGER NOT NULL,
  UNIQUE (plan_id, version)
);

-- One metric's included quantity and price; `rates` holds what its model needs, as decimal text.
CREATE TABLE plan_prices (
  version_id TEXT NOT NULL REFERENCES plan_versions (id),
  metric TEXT NOT NULL,
  position INTEGER NOT NULL,
  included_micro INTEGER NOT NULL CHECK (typeof(included_micro) = 'integer' AND included_micro >= 0),
  model TEXT NOT NULL CHECK (model IN ('per_unit', 'graduated', 'volume', 'package', 'flat')),
  rates TEXT NOT NULL CHECK (json_valid(rates)),
  hard INTEGER NOT NULL DEFAULT 0 CHECK (hard IN (0, 1)),
  thresholds TEXT NOT NULL DEFAULT '[80,90,100,110]' CHECK (json_valid(thresholds)),
  PRIMARY KEY (version_id, metric)
) WITHOUT ROWID;

-- What stays the same for a subscription's life; all that changes is in its log.
CREATE TABLE subscriptions (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  status TEXT NOT NULL CHECK (status IN ('active', 'ended')),
  cycle TEXT NOT NULL CHECK (cycle IN ('month', 'year')),
  usage_interval TEXT NOT NULL CHECK (usage_interval IN ('month', 'year')),
  base_timing TEXT NOT NULL CHECK (base_timing IN ('arrears', 'advance')),
  anchor TEXT NOT NULL CHECK (anchor IN ('anniversary', 'calendar')),
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL,
  start_ms INTEGER NOT NULL CHECK (typeof(start_ms) = 'integer'),
  trial_end_ms INTEGER CHECK (trial_end_ms IS NULL OR trial_end_ms > start_ms),
  -- Known once an end was asked for; the log's entry decides.
  end_ms INTEGER,
  created_ms INTEGER NOT NULL,
  CHECK (usage_interval = 'month' OR cycle = 'year')
);
CREATE UNIQUE INDEX subscriptions_active ON subscriptions (tenant) WHERE status = 'active';
CREATE INDEX subscriptions_by_tenant ON subscriptions (tenant, id);

-- The log of a subscription, append-only: what holds from `at_ms` on.
CREATE TABLE subscription_changes (
  subscription_id TEXT NOT NULL REFERENCES subscriptions (id),
  seq INTEGER NOT NULL CHECK (seq > 0),
  kind TEXT NOT NULL CHECK (kind IN ('start', 'plan', 'version', 'seats', 'price', 'end')),
  at_ms INTEGER NOT NULL CHECK (typeof(at_ms) = 'integer'),
  version_id TEXT NOT NULL REFERENCES plan_versions (id),
  base_price_minor INTEGER NOT NULL
    CHECK (typeof(base_price_minor) = 'integer' AND base_price_minor >= 0),
  seats INTEGER NOT NULL CHECK (typeof(seats) = 'integer' AND seats > 0),
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (subscription_id, seq)
) WITHOUT ROWID;
CREATE INDEX subscription_changes_by_version ON subscription_changes (version_id);

-- A row is a closed period: its primary key is what makes closing happen once.
CREATE TABLE periods (
  id TEXT PRIMARY KEY NOT NULL,
  subscription_id TEXT NOT NULL REFERENCES subscriptions (id),
  tenant TEXT NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('regular', 'trial', 'opening')),
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  closed_ms INTEGER NOT NULL,
  -- The last event that the counts hold.
  up_to_seq INTEGER NOT NULL,
  -- The log's entries that the closing knew.
  log_length INTEGER NOT NULL,
  counts TEXT NOT NULL CHECK (json_valid(counts)),
  lines TEXT NOT NULL CHECK (json_valid(lines)),
  -- Where the frozen counts and the ledger differ; NULL: events came in while it was closed.
  drift TEXT CHECK (drift IS NULL OR json_valid(drift)),
  -- The coupons that lowered it: settlements of late usage go on with them.
  coupons TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(coupons)),
  -- What was billed ahead for the next cycle, or NULL.
  ahead TEXT CHECK (ahead IS NULL OR json_valid(ahead)),
  currency TEXT NOT NULL,
  net_minor INTEGER NOT NULL CHECK (typeof(net_minor) = 'integer'),
  -- The part of it that is for the period's usage: late usage is settled against this.
  usage_minor INTEGER NOT NULL CHECK (typeof(usage_minor) = 'integer'),
  document_id TEXT,
  UNIQUE (subscription_id, number)
);
CREATE INDEX periods_by_tenant ON periods (tenant, start_ms, id);

-- What a closed period's usage came to later: each row settles the difference to the one before.
CREATE TABLE settlements (
  period_id TEXT NOT NULL REFERENCES periods (id),
  seq INTEGER NOT NULL CHECK (seq > 0),
  at_ms INTEGER NOT NULL,
  up_to_seq INTEGER NOT NULL,
  counts TEXT NOT NULL CHECK (json_valid(counts)),
  usage_minor INTEGER NOT NULL CHECK (typeof(usage_minor) = 'integer'),
  difference_minor INTEGER NOT NULL
    CHECK (typeof(difference_minor) = 'integer' AND difference_minor <> 0),
  document_id TEXT NOT NULL,
  PRIMARY KEY (period_id, seq)
) WITHOUT ROWID;

-- What a tenant's meter should know (`epoch`) and what it was last told.
CREATE TABLE meter_terms (
  tenant TEXT PRIMARY KEY NOT NULL,
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  pushed_epoch INTEGER NOT NULL DEFAULT 0,
  pushed TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(pushed))
) WITHOUT ROWID;

-- Lower what is billed before tax, by percent or by amount. `periods`: how many documents; NULL: all.
CREATE TABLE coupons (
  id TEXT PRIMARY KEY NOT NULL,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  percent TEXT,
  amount_minor INTEGER CHECK (
    amount_minor IS NULL OR (typeof(amount_minor) = 'integer' AND amount_minor > 0)
  ),
  currency TEXT,
  starts_ms INTEGER,
  ends_ms INTEGER,
  max_redemptions INTEGER CHECK (max_redemptions IS NULL OR max_redemptions > 0),
  periods INTEGER CHECK (periods IS NULL OR periods > 0),
  created_ms INTEGER NOT NULL,
  CHECK ((percent IS NULL) <> (amount_minor IS NULL)),
  CHECK ((amount_minor IS NULL) = (currency IS NULL))
);

CREATE TABLE redemptions (
  coupon_id TEXT NOT NULL REFERENCES coupons (id),
  subscription_id TEXT NOT NULL REFERENCES subscriptions (id),
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (coupon_id, subscription_id)
) WITHOUT ROWID;
CREATE INDEX redemptions_by_subscription ON redemptions (subscription_id);

CREATE TABLE coupon_uses (
  coupon_id TEXT NOT NULL,
  subscription_id TEXT NOT NULL,
  period_id TEXT NOT NULL REFERENCES periods (id),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer'),
  PRIMARY KEY (coupon_id, subscription_id, period_id)
) WITHOUT ROWID;

-- Granted credit lowers what is taxed, purchased credit only what is due.
CREATE TABLE credits (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  kind TEXT NOT NULL CHECK (kind IN ('granted', 'purchased')),
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor > 0),
  expires_ms INTEGER,
  note TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL
);
CREATE INDEX credits_by_tenant ON credits (tenant, id);

CREATE TABLE credit_uses (
  credit_id TEXT NOT NULL REFERENCES credits (id),
  period_id TEXT NOT NULL REFERENCES periods (id),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor > 0),
  PRIMARY KEY (credit_id, period_id)
) WITHOUT ROWID;

-- Whose events are believed: the signing secret of a tenant's account at a payment provider.
CREATE TABLE payment_hooks (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL CHECK (provider IN ('stripe', 'razorpay')),
  secret TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  UNIQUE (tenant, provider)
);
