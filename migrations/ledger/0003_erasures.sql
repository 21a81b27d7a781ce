-- Which erasures of people are done in these tables, which may be set back alone, as the control
-- database has it (migrations/0055_retention.sql).
CREATE TABLE usage_erasures (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL
) WITHOUT ROWID;
