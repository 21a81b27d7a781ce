-- What other products' APIs keep for which this one has no place: subjects, features, notes.
CREATE TABLE foreign_entries (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  customer_id TEXT REFERENCES customers (id),
  body TEXT NOT NULL CHECK (json_valid(body)),
  created_ms INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer'),
  updated_ms INTEGER NOT NULL CHECK (typeof(updated_ms) = 'integer')
);
CREATE UNIQUE INDEX foreign_entries_once ON foreign_entries (tenant, kind, name);
CREATE INDEX foreign_entries_of_customer ON foreign_entries (customer_id, name)
  WHERE customer_id IS NOT NULL;

CREATE TRIGGER foreign_entries_stored AFTER INSERT ON foreign_entries
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.tenant, 'stored_bytes', 300 + length(CAST(NEW.name || NEW.body AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER foreign_entries_restored AFTER UPDATE OF body ON foreign_entries
BEGIN
  UPDATE budget_use SET used = used + length(CAST(NEW.body AS BLOB)) - length(CAST(OLD.body AS BLOB))
    WHERE tenant = NEW.tenant AND budget = 'stored_bytes';
END;

CREATE TRIGGER foreign_entries_unstored AFTER DELETE ON foreign_entries
BEGIN
  UPDATE budget_use SET used = used - 300 - length(CAST(OLD.name || OLD.body AS BLOB))
    WHERE tenant = OLD.tenant AND budget = 'stored_bytes';
END;
