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

INSERT INTO budget_use (tenant, budget, used)
  SELECT tenant, 'customers', count(*) FROM customers GROUP BY tenant;
CREATE TRIGGER customers_counted AFTER INSERT ON customers
BEGIN
  INSERT INTO budget_use (tenant, budget, used) VALUES (NEW.tenant, 'customers', 1)
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + 1;
END;

INSERT INTO budget_use (tenant, budget, used)
  SELECT tenant, 'open_imports', count(*) FROM usage_imports
  WHERE status NOT IN ('committed', 'reverted') GROUP BY tenant;
CREATE TRIGGER usage_imports_counted AFTER INSERT ON usage_imports
WHEN NEW.status NOT IN ('committed', 'reverted')
BEGIN
  INSERT INTO budget_use (tenant, budget, used) VALUES (NEW.tenant, 'open_imports', 1)
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + 1;
END;
CREATE TRIGGER usage_imports_recounted AFTER UPDATE OF status ON usage_imports
BEGIN
  UPDATE budget_use
    SET used = used + (NEW.status NOT IN ('committed', 'reverted'))
      - (OLD.status NOT IN ('committed', 'reverted'))
    WHERE tenant = NEW.tenant AND budget = 'open_imports';
END;

-- Bytes of documents and logs: each row's texts, the files that an e-mail brings, and 300 for
-- what else a row and its indexes take. What no statement can see, a verb adds (logos).
INSERT INTO budget_use (tenant, budget, used)
  SELECT had.tenant, 'stored_bytes', sum(300 +
      length(CAST(coalesce(had.name, '') ||
      coalesce(had.email, '') ||
      coalesce(had.party, '') ||
      coalesce(had.ship_to, '') ||
      coalesce(had.tax, '') ||
      coalesce(had.mandate, '') ||
      coalesce(had.reference, '') ||
      coalesce(had.search, '') AS BLOB)))
  FROM customers AS had WHERE true GROUP BY had.tenant
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT had.issuer, 'stored_bytes', sum(300 +
      length(CAST(coalesce(had.memo, '') ||
      coalesce(had.notes, '') ||
      coalesce(had.terms, '') ||
      coalesce(had.fields, '') ||
      coalesce(had.seller, '') ||
      coalesce(had.buyer, '') ||
      coalesce(had.branding, '') ||
      coalesce(had.adjustments, '') ||
      coalesce(had.totals, '') ||
      coalesce(had.usage, '') ||
      coalesce(had.search, '') ||
      coalesce(had.reason, '') AS BLOB)))
  FROM documents AS had WHERE true GROUP BY had.issuer
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT issuer, 'stored_bytes', sum(300 +
      length(CAST(coalesce(had.name, '') ||
      coalesce(had.description, '') ||
      coalesce(had.detail, '') ||
      coalesce(had.group_name, '') ||
      coalesce(had.group_detail, '') ||
      coalesce(had.classification, '') ||
      coalesce(had.adjustments, '') ||
      coalesce(had.tax, '') ||
      coalesce(had.explanation, '') AS BLOB)))
  FROM document_lines AS had JOIN documents ON documents.id = had.document_id WHERE true GROUP BY issuer
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT had.issuer, 'stored_bytes', sum(300)
  FROM document_links AS had WHERE true GROUP BY had.issuer
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT had.issuer, 'stored_bytes', sum(300 +
      length(CAST(coalesce(had.reference, '') ||
      coalesce(had.note, '') ||
      coalesce(had.external_id, '') AS BLOB)))
  FROM payments AS had WHERE true GROUP BY had.issuer
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT had.tenant, 'stored_bytes', sum(300 +
      length(CAST(coalesce(had.recipients, '') ||
      coalesce(had.cc, '') ||
      coalesce(had.subject, '') ||
      coalesce(had.html, '') ||
      coalesce(had.plain, '') ||
      coalesce(had.attachments, '') ||
      coalesce(had.search, '') AS BLOB)) +
      coalesce((SELECT sum(value ->> 'size') FROM json_each(had.attachments)), 0))
  FROM emails AS had WHERE true GROUP BY had.tenant
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT had.tenant, 'stored_bytes', sum(300)
  FROM webhook_deliveries AS had WHERE true GROUP BY had.tenant
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT tenant, 'stored_bytes', sum(300 +
      length(CAST(coalesce(had.error, '') ||
      coalesce(had.answer, '') AS BLOB)))
  FROM webhook_attempts AS had JOIN webhook_deliveries ON webhook_deliveries.id = had.delivery WHERE true GROUP BY tenant
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT had.tenant, 'stored_bytes', sum(300 +
      length(CAST(coalesce(had.target, '') ||
      coalesce(had.detail, '') AS BLOB)))
  FROM audit AS had WHERE true GROUP BY had.tenant
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
INSERT INTO budget_use (tenant, budget, used)
  SELECT tenant, 'stored_bytes', sum(300 +
      length(CAST(coalesce(had.id, '') ||
      coalesce(had.item, '') AS BLOB)))
  FROM usage_import_events AS had JOIN usage_imports ON usage_imports.id = had.import_id WHERE true GROUP BY tenant
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;

CREATE TRIGGER customers_stored AFTER INSERT ON customers
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.tenant, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.name, '') ||
      coalesce(NEW.email, '') ||
      coalesce(NEW.party, '') ||
      coalesce(NEW.ship_to, '') ||
      coalesce(NEW.tax, '') ||
      coalesce(NEW.mandate, '') ||
      coalesce(NEW.reference, '') ||
      coalesce(NEW.search, '') AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER customers_restored AFTER UPDATE OF name, email, party, ship_to, tax, mandate, reference, search ON customers
BEGIN
  UPDATE budget_use SET used = used +
      300 +
      length(CAST(coalesce(NEW.name, '') ||
      coalesce(NEW.email, '') ||
      coalesce(NEW.party, '') ||
      coalesce(NEW.ship_to, '') ||
      coalesce(NEW.tax, '') ||
      coalesce(NEW.mandate, '') ||
      coalesce(NEW.reference, '') ||
      coalesce(NEW.search, '') AS BLOB)) -
      (300 +
      length(CAST(coalesce(OLD.name, '') ||
      coalesce(OLD.email, '') ||
      coalesce(OLD.party, '') ||
      coalesce(OLD.ship_to, '') ||
      coalesce(OLD.tax, '') ||
      coalesce(OLD.mandate, '') ||
      coalesce(OLD.reference, '') ||
      coalesce(OLD.search, '') AS BLOB)))
    WHERE tenant = NEW.tenant AND budget = 'stored_bytes';
END;

CREATE TRIGGER documents_stored AFTER INSERT ON documents
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.issuer, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.memo, '') ||
      coalesce(NEW.notes, '') ||
      coalesce(NEW.terms, '') ||
      coalesce(NEW.fields, '') ||
      coalesce(NEW.seller, '') ||
      coalesce(NEW.buyer, '') ||
      coalesce(NEW.branding, '') ||
      coalesce(NEW.adjustments, '') ||
      coalesce(NEW.totals, '') ||
      coalesce(NEW.usage, '') ||
      coalesce(NEW.search, '') ||
      coalesce(NEW.reason, '') AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER documents_restored AFTER UPDATE OF memo, notes, terms, fields, seller, buyer, branding, adjustments, totals, usage, search, reason ON documents
BEGIN
  UPDATE budget_use SET used = used +
      300 +
      length(CAST(coalesce(NEW.memo, '') ||
      coalesce(NEW.notes, '') ||
      coalesce(NEW.terms, '') ||
      coalesce(NEW.fields, '') ||
      coalesce(NEW.seller, '') ||
      coalesce(NEW.buyer, '') ||
      coalesce(NEW.branding, '') ||
      coalesce(NEW.adjustments, '') ||
      coalesce(NEW.totals, '') ||
      coalesce(NEW.usage, '') ||
      coalesce(NEW.search, '') ||
      coalesce(NEW.reason, '') AS BLOB)) -
      (300 +
      length(CAST(coalesce(OLD.memo, '') ||
      coalesce(OLD.notes, '') ||
      coalesce(OLD.terms, '') ||
      coalesce(OLD.fields, '') ||
      coalesce(OLD.seller, '') ||
      coalesce(OLD.buyer, '') ||
      coalesce(OLD.branding, '') ||
      coalesce(OLD.adjustments, '') ||
      coalesce(OLD.totals, '') ||
      coalesce(OLD.usage, '') ||
      coalesce(OLD.search, '') ||
      coalesce(OLD.reason, '') AS BLOB)))
    WHERE tenant = NEW.issuer AND budget = 'stored_bytes';
END;

CREATE TRIGGER document_lines_stored AFTER INSERT ON document_lines
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    SELECT issuer, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.name, '') ||
      coalesce(NEW.description, '') ||
      coalesce(NEW.detail, '') ||
      coalesce(NEW.group_name, '') ||
      coalesce(NEW.group_detail, '') ||
      coalesce(NEW.classification, '') ||
      coalesce(NEW.adjustments, '') ||
      coalesce(NEW.tax, '') ||
      coalesce(NEW.explanation, '') AS BLOB))
    FROM documents WHERE documents.id = NEW.document_id
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER document_lines_unstored AFTER DELETE ON document_lines
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    SELECT issuer, 'stored_bytes', -(300 +
      length(CAST(coalesce(OLD.name, '') ||
      coalesce(OLD.description, '') ||
      coalesce(OLD.detail, '') ||
      coalesce(OLD.group_name, '') ||
      coalesce(OLD.group_detail, '') ||
      coalesce(OLD.classification, '') ||
      coalesce(OLD.adjustments, '') ||
      coalesce(OLD.tax, '') ||
      coalesce(OLD.explanation, '') AS BLOB)))
    FROM documents WHERE documents.id = OLD.document_id
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER document_links_stored AFTER INSERT ON document_links
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.issuer, 'stored_bytes', 300)
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER payments_stored AFTER INSERT ON payments
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.issuer, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.reference, '') ||
      coalesce(NEW.note, '') ||
      coalesce(NEW.external_id, '') AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER emails_stored AFTER INSERT ON emails
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.tenant, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.recipients, '') ||
      coalesce(NEW.cc, '') ||
      coalesce(NEW.subject, '') ||
      coalesce(NEW.html, '') ||
      coalesce(NEW.plain, '') ||
      coalesce(NEW.attachments, '') ||
      coalesce(NEW.search, '') AS BLOB)) +
      coalesce((SELECT sum(value ->> 'size') FROM json_each(NEW.attachments)), 0))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER emails_restored AFTER UPDATE OF recipients, cc, subject, html, plain, attachments, search ON emails
BEGIN
  UPDATE budget_use SET used = used +
      300 +
      length(CAST(coalesce(NEW.recipients, '') ||
      coalesce(NEW.cc, '') ||
      coalesce(NEW.subject, '') ||
      coalesce(NEW.html, '') ||
      coalesce(NEW.plain, '') ||
      coalesce(NEW.attachments, '') ||
      coalesce(NEW.search, '') AS BLOB)) +
      coalesce((SELECT sum(value ->> 'size') FROM json_each(NEW.attachments)), 0) -
      (300 +
      length(CAST(coalesce(OLD.recipients, '') ||
      coalesce(OLD.cc, '') ||
      coalesce(OLD.subject, '') ||
      coalesce(OLD.html, '') ||
      coalesce(OLD.plain, '') ||
      coalesce(OLD.attachments, '') ||
      coalesce(OLD.search, '') AS BLOB)) +
      coalesce((SELECT sum(value ->> 'size') FROM json_each(OLD.attachments)), 0))
    WHERE tenant = NEW.tenant AND budget = 'stored_bytes';
END;

CREATE TRIGGER emails_unstored AFTER DELETE ON emails
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (OLD.tenant, 'stored_bytes', -(300 +
      length(CAST(coalesce(OLD.recipients, '') ||
      coalesce(OLD.cc, '') ||
      coalesce(OLD.subject, '') ||
      coalesce(OLD.html, '') ||
      coalesce(OLD.plain, '') ||
      coalesce(OLD.attachments, '') ||
      coalesce(OLD.search, '') AS BLOB)) +
      coalesce((SELECT sum(value ->> 'size') FROM json_each(OLD.attachments)), 0)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER webhook_deliveries_stored AFTER INSERT ON webhook_deliveries
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.tenant, 'stored_bytes', 300)
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

-- Its attempts go with it, after which nothing says whose they were.
CREATE TRIGGER webhook_deliveries_unstored BEFORE DELETE ON webhook_deliveries
BEGIN
  UPDATE budget_use SET used = used - 300 - coalesce((
      SELECT sum(300 +
      length(CAST(coalesce(gone.error, '') ||
      coalesce(gone.answer, '') AS BLOB)))
      FROM webhook_attempts AS gone WHERE gone.delivery = OLD.id), 0)
    WHERE tenant = OLD.tenant AND budget = 'stored_bytes';
END;

CREATE TRIGGER webhook_attempts_stored AFTER INSERT ON webhook_attempts
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    SELECT tenant, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.error, '') ||
      coalesce(NEW.answer, '') AS BLOB))
    FROM webhook_deliveries WHERE webhook_deliveries.id = NEW.delivery
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER audit_stored AFTER INSERT ON audit
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.tenant, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.target, '') ||
      coalesce(NEW.detail, '') AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER usage_import_events_stored AFTER INSERT ON usage_import_events
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    SELECT tenant, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.id, '') ||
      coalesce(NEW.item, '') AS BLOB))
    FROM usage_imports WHERE usage_imports.id = NEW.import_id
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;
