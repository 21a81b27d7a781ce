-- What documents, their lines and the parties say beside what every one of them does: references,
-- item numbers, who is paid. Rows of an earlier version have none.
ALTER TABLE documents ADD COLUMN particulars TEXT
  CHECK (particulars IS NULL OR json_valid(particulars));
ALTER TABLE document_lines ADD COLUMN particulars TEXT
  CHECK (particulars IS NULL OR json_valid(particulars));
ALTER TABLE customers ADD COLUMN particulars TEXT
  CHECK (particulars IS NULL OR json_valid(particulars));
ALTER TABLE issuers ADD COLUMN particulars TEXT
  CHECK (particulars IS NULL OR json_valid(particulars));

-- What the invoices of a subscription refer to.
ALTER TABLE subscriptions ADD COLUMN buyer_reference TEXT;
ALTER TABLE subscriptions ADD COLUMN purchase_order TEXT;

CREATE TRIGGER documents_particulars_frozen BEFORE UPDATE OF particulars ON documents
WHEN OLD.number IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;

-- They count as the other texts of their rows do.
CREATE TRIGGER documents_particulars_stored AFTER INSERT ON documents
WHEN NEW.particulars IS NOT NULL
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.issuer, 'stored_bytes', length(CAST(NEW.particulars AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;
CREATE TRIGGER documents_particulars_restored AFTER UPDATE OF particulars ON documents
BEGIN
  UPDATE budget_use SET used = used + length(CAST(coalesce(NEW.particulars, '') AS BLOB))
      - length(CAST(coalesce(OLD.particulars, '') AS BLOB))
    WHERE tenant = NEW.issuer AND budget = 'stored_bytes';
END;

CREATE TRIGGER document_lines_particulars_stored AFTER INSERT ON document_lines
WHEN NEW.particulars IS NOT NULL
BEGIN
  UPDATE budget_use SET used = used + length(CAST(NEW.particulars AS BLOB))
    WHERE budget = 'stored_bytes'
      AND tenant = (SELECT issuer FROM documents WHERE id = NEW.document_id);
END;
CREATE TRIGGER document_lines_particulars_unstored AFTER DELETE ON document_lines
WHEN OLD.particulars IS NOT NULL
BEGIN
  UPDATE budget_use SET used = used - length(CAST(OLD.particulars AS BLOB))
    WHERE budget = 'stored_bytes'
      AND tenant = (SELECT issuer FROM documents WHERE id = OLD.document_id);
END;

CREATE TRIGGER customers_particulars_stored AFTER INSERT ON customers
WHEN NEW.particulars IS NOT NULL
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.tenant, 'stored_bytes', length(CAST(NEW.particulars AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;
CREATE TRIGGER customers_particulars_restored AFTER UPDATE OF particulars ON customers
BEGIN
  UPDATE budget_use SET used = used + length(CAST(coalesce(NEW.particulars, '') AS BLOB))
      - length(CAST(coalesce(OLD.particulars, '') AS BLOB))
    WHERE tenant = NEW.tenant AND budget = 'stored_bytes';
END;
