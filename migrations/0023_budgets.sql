-- What the operator set of a tenant's budgets. A budget that is missing is the default.
CREATE TABLE tenant_budgets (
  tenant TEXT NOT NULL REFERENCES tenants (id),
  budget TEXT NOT NULL,
  value INTEGER NOT NULL CHECK (typeof(value) = 'integer' AND value >= 0),
  PRIMARY KEY (tenant, budget)
) WITHOUT ROWID;

-- What a version of a plan grants; those that there are grant nothing beyond the defaults.
ALTER TABLE plan_versions ADD COLUMN budgets TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(budgets));
CREATE TABLE granted_budgets (
  tenant TEXT NOT NULL,
  subscription TEXT NOT NULL,
  from_ms INTEGER NOT NULL CHECK (typeof(from_ms) = 'integer'),
  budgets TEXT NOT NULL CHECK (json_valid(budgets)),
  PRIMARY KEY (tenant, subscription, from_ms)
) WITHOUT ROWID;

-- How much is used: kept by triggers, so that no write can forget it and no check has to scan.
CREATE TABLE budget_use (
  tenant TEXT NOT NULL,
  budget TEXT NOT NULL,
  used INTEGER NOT NULL CHECK (typeof(used) = 'integer'),
  PRIMARY KEY (tenant, budget)
) WITHOUT ROWID;

INSERT INTO budget_use (tenant, budget, used)
  SELECT tenant, 'api_keys', count(*) FROM api_keys WHERE revoked_ms IS NULL GROUP BY tenant;
INSERT INTO budget_use (tenant, budget, used)
  SELECT tenant, 'users', count(*) FROM users WHERE removed_ms IS NULL GROUP BY tenant;

CREATE TRIGGER api_keys_counted AFTER INSERT ON api_keys WHEN NEW.revoked_ms IS NULL
BEGIN
  INSERT INTO budget_use (tenant, budget, used) VALUES (NEW.tenant, 'api_keys', 1)
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + 1;
END;
CREATE TRIGGER api_keys_uncounted AFTER UPDATE OF revoked_ms ON api_keys
WHEN OLD.revoked_ms IS NULL AND NEW.revoked_ms IS NOT NULL
BEGIN
  UPDATE budget_use SET used = used - 1 WHERE tenant = NEW.tenant AND budget = 'api_keys';
END;

CREATE TRIGGER users_counted AFTER INSERT ON users WHEN NEW.removed_ms IS NULL
BEGIN
  INSERT INTO budget_use (tenant, budget, used) VALUES (NEW.tenant, 'users', 1)
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + 1;
END;
CREATE TRIGGER users_uncounted AFTER UPDATE OF removed_ms ON users
WHEN OLD.removed_ms IS NULL AND NEW.removed_ms IS NOT NULL
BEGIN
  UPDATE budget_use SET used = used - 1 WHERE tenant = NEW.tenant AND budget = 'users';
END;
