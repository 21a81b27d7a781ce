-- As the control database has them (migrations/0064_merges.sql).
ALTER TABLE usage_watermarks ADD COLUMN moving INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_watermarks ADD COLUMN merged_to INTEGER NOT NULL DEFAULT 0;
