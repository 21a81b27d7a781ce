-- What was acknowledged asynchronously and could not be counted when it was to be recorded.
CREATE TABLE usage_refused (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  at_ms INTEGER NOT NULL CHECK (typeof(at_ms) = 'integer'),
  message TEXT NOT NULL,
  user_id TEXT,
  event TEXT CHECK (event IS NULL OR json_valid(event)),
  events INTEGER NOT NULL CHECK (typeof(events) = 'integer' AND events > 0),
  code TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX usage_refused_by_time ON usage_refused (tenant, at_ms, id);
CREATE INDEX usage_refused_by_message ON usage_refused (message);
CREATE INDEX usage_refused_by_age ON usage_refused (at_ms);

CREATE TRIGGER usage_refused_stored AFTER INSERT ON usage_refused
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.tenant, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.event, '') || NEW.detail AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER usage_refused_unstored AFTER DELETE ON usage_refused
BEGIN
  UPDATE budget_use SET used = used - 300 -
      length(CAST(coalesce(OLD.event, '') || OLD.detail AS BLOB))
    WHERE tenant = OLD.tenant AND budget = 'stored_bytes';
END;
