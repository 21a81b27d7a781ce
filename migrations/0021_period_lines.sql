-- A row has to stay below 2,000,000 bytes, and a large plan has thousands of lines. `periods.lines`
-- holds the first ones, as it always did; this many rows hold those after them.
ALTER TABLE periods ADD COLUMN line_parts INTEGER NOT NULL DEFAULT 0;
CREATE TABLE period_lines (
  period_id TEXT NOT NULL REFERENCES periods (id),
  part INTEGER NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (period_id, part)
) WITHOUT ROWID;
