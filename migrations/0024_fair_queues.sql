-- Whose turn a due row is: rows of one lane wait for each other, and for no other lane's.
ALTER TABLE due ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE due SET lane = tenant || ' ' || kind;
-- 1 while it is handed out; at_ms is then when it is handed out again.
ALTER TABLE due ADD COLUMN leased INTEGER NOT NULL DEFAULT 0;
DROP INDEX due_by_time;
DROP INDEX due_by_tenant;
CREATE INDEX due_by_time ON due (at_ms) WHERE clock = 'real';
CREATE INDEX due_by_lane ON due (lane, at_ms) WHERE clock = 'real';
CREATE INDEX due_by_test_clock ON due (tenant, at_ms) WHERE clock = 'test';
CREATE INDEX due_in_flight ON due (lane, at_ms) WHERE leased = 1;

DROP INDEX outbox_waiting;
DROP INDEX outbox_unhandled;
CREATE INDEX outbox_waiting ON outbox (tenant, news_seq) WHERE relayed_ms IS NULL;
CREATE INDEX outbox_unhandled ON outbox (tenant, relayed_ms)
  WHERE handled_ms IS NULL AND relayed_ms IS NOT NULL;

-- How much of a budget by the hour is used; hour_ms is the beginning of the hour that it stands for.
CREATE TABLE hourly_use (
  tenant TEXT NOT NULL,
  budget TEXT NOT NULL,
  hour_ms INTEGER NOT NULL,
  used INTEGER NOT NULL CHECK (typeof(used) = 'integer'),
  PRIMARY KEY (tenant, budget)
) WITHOUT ROWID;

-- Whose host it is, and since when its owner is known to want messages: NULL until then. What an
-- earlier version made counts as proven; its host is read from the URL as it was written.
ALTER TABLE webhook_endpoints ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_endpoints ADD COLUMN proven_ms INTEGER;
UPDATE webhook_endpoints SET proven_ms = created_ms, host = lower(substr(url, instr(url, '//') + 2));
UPDATE webhook_endpoints SET host = substr(host, 1, min(
  instr(host || '/', '/'), instr(host || '?', '?'), instr(host || '#', '#')) - 1);
UPDATE webhook_endpoints SET host = rtrim(substr(host, 1, instr(host || ':', ':') - 1), '.')
  WHERE host NOT GLOB '[[]*' AND host NOT GLOB '127.*' AND host NOT GLOB 'localhost*';
CREATE INDEX webhook_endpoints_by_host ON webhook_endpoints (host, tenant);
