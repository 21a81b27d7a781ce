-- When an import last came on with being committed or taken back, which its caller's calls do: one
-- that stopped half-way is shown to the operator.
ALTER TABLE usage_imports ADD COLUMN moved_ms INTEGER;
UPDATE usage_imports SET moved_ms = created_ms WHERE status IN ('committing', 'reverting');
CREATE INDEX usage_imports_moving ON usage_imports (moved_ms)
  WHERE status IN ('committing', 'reverting');
