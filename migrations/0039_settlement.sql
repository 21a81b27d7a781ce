-- How documents are paid beside their totals: the step in which the amount due is paid, deposits
-- that are taken off, and as JSON cash discounts and what an invoice is for. Rows of an earlier
-- version have none of it.
ALTER TABLE documents ADD COLUMN rounding_step_minor INTEGER NOT NULL DEFAULT 0 CHECK (
  typeof(rounding_step_minor) = 'integer' AND rounding_step_minor >= 0
);
ALTER TABLE documents ADD COLUMN deposited_minor INTEGER NOT NULL DEFAULT 0 CHECK (
  typeof(deposited_minor) = 'integer' AND deposited_minor >= 0
);
ALTER TABLE documents ADD COLUMN settlement TEXT
  CHECK (settlement IS NULL OR json_valid(settlement));
-- By currency, the step in which an issuer's invoices are paid.
ALTER TABLE issuers ADD COLUMN rounding TEXT CHECK (rounding IS NULL OR json_valid(rounding));

CREATE TRIGGER documents_settlement_frozen
BEFORE UPDATE OF rounding_step_minor, deposited_minor, settlement ON documents
WHEN OLD.number IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;

CREATE TRIGGER documents_settlement_stored AFTER INSERT ON documents
WHEN NEW.settlement IS NOT NULL
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.issuer, 'stored_bytes', length(CAST(NEW.settlement AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;
CREATE TRIGGER documents_settlement_restored AFTER UPDATE OF settlement ON documents
BEGIN
  UPDATE budget_use SET used = used + length(CAST(coalesce(NEW.settlement, '') AS BLOB))
      - length(CAST(coalesce(OLD.settlement, '') AS BLOB))
    WHERE tenant = NEW.issuer AND budget = 'stored_bytes';
END;

-- Which invoice takes a deposit off: one at a time, until it is credited as a whole.
CREATE TABLE deposit_deductions (
  deposit_id TEXT PRIMARY KEY REFERENCES documents (id),
  invoice_id TEXT NOT NULL REFERENCES documents (id)
) WITHOUT ROWID;
CREATE INDEX deposit_deductions_by_invoice ON deposit_deductions (invoice_id);
