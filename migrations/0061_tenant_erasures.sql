-- When a tenant's erasure began; from then on nothing of it answers. Its row stays, without a name.
ALTER TABLE tenants ADD COLUMN erased_ms INTEGER;

-- Tenants that are to be erased, or were: at most one erasure of each. R2 knows of those that have
-- begun, so that a database that is set back to before is caught up.
CREATE TABLE tenant_erasures (
  tenant TEXT PRIMARY KEY NOT NULL,
  id TEXT NOT NULL,
  asked_ms INTEGER NOT NULL,
  by_operator INTEGER NOT NULL CHECK (by_operator IN (0, 1)),
  begins_ms INTEGER NOT NULL,
  begun_ms INTEGER,
  -- Which step is next, and where it goes on.
  step INTEGER NOT NULL DEFAULT 0,
  place TEXT,
  -- How often all steps were taken: the second time takes what came while the first was at work.
  passes INTEGER NOT NULL DEFAULT 0,
  -- When all was gone but the documents that the law has kept.
  done_ms INTEGER,
  -- Documents that were issued before this day may go.
  forget_before TEXT,
  -- When the last of them had gone.
  forgotten_ms INTEGER
) WITHOUT ROWID;

CREATE UNIQUE INDEX tenant_erasures_by_id ON tenant_erasures (id);

-- What is deleted asks who refers to it.
CREATE INDEX documents_by_origin ON documents (origin_id) WHERE origin_id IS NOT NULL;
CREATE INDEX recurring_invoices_by_last ON recurring_invoices (last_invoice_id)
  WHERE last_invoice_id IS NOT NULL;
CREATE INDEX sessions_by_tenant ON sessions (tenant);
CREATE INDEX sessions_by_acting ON sessions (acting_for) WHERE acting_for IS NOT NULL;
CREATE INDEX sessions_by_key ON sessions (key_id) WHERE key_id IS NOT NULL;
CREATE INDEX sessions_by_user ON sessions (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX dead_letters_by_tenant ON dead_letters (tenant) WHERE tenant IS NOT NULL;
CREATE INDEX coupon_uses_by_period ON coupon_uses (period_id);
CREATE INDEX credit_uses_by_period ON credit_uses (period_id);
-- A logo is kept once for all who uploaded the same picture.
CREATE INDEX brandings_by_logo ON brandings (logo_key) WHERE logo_key IS NOT NULL;

-- How long the first of it waits is asked with every look at the stages.
CREATE INDEX due_archives ON due (at_ms) WHERE kind = 'usage.archive';
CREATE INDEX due_erasures ON due (at_ms)
  WHERE kind IN ('erasure.run', 'tenant.erase', 'tenant.forget');

-- A final document of an erased tenant goes once its day has come; no other ever does.
DROP TRIGGER documents_kept;
CREATE TRIGGER documents_kept BEFORE DELETE ON documents
WHEN OLD.number IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM tenant_erasures
  WHERE tenant = OLD.issuer AND begun_ms IS NOT NULL AND forget_before > OLD.issue_date
)
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;

DROP TRIGGER document_lines_kept;
CREATE TRIGGER document_lines_kept BEFORE DELETE ON document_lines
WHEN EXISTS (
  SELECT 1 FROM documents AS d WHERE d.id = OLD.document_id AND d.number IS NOT NULL
    AND NOT EXISTS (
      SELECT 1 FROM tenant_erasures
      WHERE tenant = d.issuer AND begun_ms IS NOT NULL AND forget_before > d.issue_date
    )
)
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;

-- What an erased tenant once paid stays in the sums over all.
DROP TRIGGER recurring_steps_taken;
CREATE TRIGGER recurring_steps_taken AFTER DELETE ON recurring_steps
WHEN NOT EXISTS (SELECT 1 FROM tenants WHERE id = OLD.tenant AND erased_ms IS NOT NULL)
BEGIN
  UPDATE recurring_months SET change_minor = change_minor - OLD.change_minor, steps = steps - 1
    WHERE test = OLD.test AND currency = OLD.currency AND kind = OLD.kind
      AND month = strftime('%Y-%m', OLD.at_ms / 1000, 'unixepoch');
END;
