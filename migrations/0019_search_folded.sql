-- The text that is searched is folded, and text without blanks kept as pairs: by the Worker, since
-- SQLite cannot. A row that an earlier version wrote says 0, is found as it was, and is written
-- anew by the minute's sweep, some at a time; the triggers of the search follow.
ALTER TABLE documents ADD COLUMN search_folded INTEGER NOT NULL DEFAULT 0
  CHECK (search_folded IN (0, 1));
CREATE INDEX documents_unfolded ON documents (search_folded) WHERE search_folded = 0;
ALTER TABLE customers ADD COLUMN search_folded INTEGER NOT NULL DEFAULT 0
  CHECK (search_folded IN (0, 1));
CREATE INDEX customers_unfolded ON customers (search_folded) WHERE search_folded = 0;
