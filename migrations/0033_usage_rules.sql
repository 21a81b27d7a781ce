-- From an incoming event to metrics: rules of a tenant, or of every tenant ('*').
CREATE TABLE usage_rules (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  event_type TEXT NOT NULL,
  metric TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  unit TEXT NOT NULL DEFAULT '',
  aggregation TEXT NOT NULL,
  property TEXT,
  value_path TEXT,
  user_path TEXT,
  group_paths TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(group_paths)),
  active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  by_operator INTEGER NOT NULL CHECK (by_operator IN (0, 1)),
  created_ms INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer'),
  updated_ms INTEGER NOT NULL CHECK (typeof(updated_ms) = 'integer')
);
CREATE UNIQUE INDEX usage_rules_once ON usage_rules (tenant, event_type, metric);
CREATE INDEX usage_rules_by_metric ON usage_rules (tenant, metric);
