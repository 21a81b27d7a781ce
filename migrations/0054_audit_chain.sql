-- What a write changed, from where, and its place in its tenant's chain; see docs/audit.md.
ALTER TABLE audit ADD COLUMN "before" TEXT;
ALTER TABLE audit ADD COLUMN "after" TEXT;
ALTER TABLE audit ADD COLUMN address TEXT;
ALTER TABLE audit ADD COLUMN key_name TEXT;
ALTER TABLE audit ADD COLUMN session_id TEXT;
ALTER TABLE audit ADD COLUMN user_agent TEXT;
ALTER TABLE audit ADD COLUMN seq INTEGER;
ALTER TABLE audit ADD COLUMN hash TEXT;

-- Rows as they were before a batch; each goes in the batch that brought it.
CREATE TABLE audit_images (id TEXT PRIMARY KEY, image TEXT NOT NULL) WITHOUT ROWID;

CREATE TRIGGER audit_compared AFTER UPDATE OF detail, "before", "after" ON audit
BEGIN
  UPDATE budget_use SET used = used +
      length(CAST(NEW.detail || coalesce(NEW."before", '') || coalesce(NEW."after", '') AS BLOB)) -
      length(CAST(OLD.detail || coalesce(OLD."before", '') || coalesce(OLD."after", '') AS BLOB))
    WHERE tenant = NEW.tenant AND budget = 'stored_bytes';
END;

-- How many rows a tenant's log has had, and how far they are sealed. Of rows of before this, the
-- first `earlier` ones, `seq` is given when they are sealed.
CREATE TABLE audit_heads (
  tenant TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  earlier INTEGER NOT NULL DEFAULT 0,
  sealed_seq INTEGER NOT NULL DEFAULT 0,
  sealed_hash TEXT NOT NULL DEFAULT '',
  sealed_ms INTEGER NOT NULL DEFAULT 0,
  verified_seq INTEGER,
  verified_ms INTEGER
) WITHOUT ROWID;
INSERT INTO audit_heads (tenant, seq, earlier)
  SELECT tenant, count(*), count(*) FROM audit GROUP BY tenant;
CREATE INDEX audit_heads_unsealed ON audit_heads (sealed_ms) WHERE sealed_seq < seq;
CREATE UNIQUE INDEX audit_by_seq ON audit (tenant, seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_unnumbered ON audit (tenant, at_ms, id) WHERE seq IS NULL;

CREATE TRIGGER audit_numbered AFTER INSERT ON audit
BEGIN
  INSERT INTO audit_heads (tenant, seq) VALUES (NEW.tenant, 1)
    ON CONFLICT (tenant) DO UPDATE SET seq = seq + 1;
  UPDATE audit SET seq = (SELECT seq FROM audit_heads WHERE tenant = NEW.tenant)
    WHERE id = NEW.id;
END;

-- Final documents are chained by number series: what of them never changes, with the hash of the
-- one before. A series is sealed as far as it says; those of before this are sealed by the sweep.
CREATE TABLE document_seals (
  document_id TEXT PRIMARY KEY REFERENCES documents (id),
  form INTEGER NOT NULL,
  hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER document_seals_frozen BEFORE UPDATE ON document_seals
BEGIN
  SELECT RAISE(ABORT, 'the seal of a document never changes');
END;
ALTER TABLE number_series ADD COLUMN sealed_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE number_series ADD COLUMN sealed_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE number_series ADD COLUMN sealed_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX number_series_unsealed ON number_series (sealed_ms) WHERE sealed_seq < last;
CREATE INDEX document_seals_by_hash ON document_seals (hash);
