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
