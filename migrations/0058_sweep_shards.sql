-- Lanes by shard, which is the last character of the tenant's id: the minute's sweep walks through
-- the shards side by side (src/platform/queue/lane.ts).
DROP INDEX due_by_lane;
CREATE INDEX due_by_lane ON due (substr(tenant, -1), lane, at_ms) WHERE clock = 'real';
-- What is handed out has leased = 1; an attempt that has begun makes it 2.
DROP INDEX due_in_flight;
CREATE INDEX due_in_flight ON due (lane, at_ms) WHERE leased > 0;
-- Rows of version 0.1, which named no lanes.
CREATE INDEX due_unnamed ON due (lane) WHERE lane = '';
-- Earlier versions gave what they handed out a lease of ten minutes at most and, before 0024, no
-- mark: what may have a message on its way begins when it comes.
UPDATE due SET leased = 1
WHERE clock = 'real' AND attempts = 0 AND at_ms < (unixepoch() + 600) * 1000;
