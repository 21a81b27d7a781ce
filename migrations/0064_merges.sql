-- Small segments of a tenant are merged: not while a move copies them (its epoch), and each once.
ALTER TABLE usage_watermarks ADD COLUMN moving INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_watermarks ADD COLUMN merged_to INTEGER NOT NULL DEFAULT 0;
