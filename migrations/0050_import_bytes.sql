-- The bytes that an import's file has in R2: as many as the file has while the import is open, and
-- none once nothing more is read of it. They are stored bytes of the tenant, as the row is.
ALTER TABLE usage_import_files ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0
  CHECK (typeof(kept_bytes) = 'integer' AND kept_bytes >= 0);

UPDATE usage_import_files SET kept_bytes = bytes
WHERE import_id IN (
  SELECT id FROM usage_imports WHERE status IN ('open', 'committing', 'reverting')
);

INSERT INTO budget_use (tenant, budget, used)
  SELECT tenant, 'stored_bytes', sum(300 + had.kept_bytes +
      length(CAST(had.name || had.options || had.errors AS BLOB)))
  FROM usage_import_files AS had JOIN usage_imports ON usage_imports.id = had.import_id WHERE true GROUP BY tenant
  ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;

CREATE TRIGGER usage_import_files_stored AFTER INSERT ON usage_import_files
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    SELECT tenant, 'stored_bytes', 300 + NEW.kept_bytes +
      length(CAST(NEW.name || NEW.options || NEW.errors AS BLOB))
    FROM usage_imports WHERE usage_imports.id = NEW.import_id
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER usage_import_files_restored AFTER UPDATE ON usage_import_files
BEGIN
  UPDATE budget_use SET used = used + NEW.kept_bytes - OLD.kept_bytes +
      length(CAST(NEW.name || NEW.options || NEW.errors AS BLOB)) -
      length(CAST(OLD.name || OLD.options || OLD.errors AS BLOB))
    WHERE budget = 'stored_bytes'
      AND tenant = (SELECT tenant FROM usage_imports WHERE usage_imports.id = NEW.import_id);
END;
