-- When everything that follows from an announcement was made: a queue can lose a message.
ALTER TABLE outbox ADD COLUMN handled_ms INTEGER;
UPDATE outbox SET handled_ms = relayed_ms;
CREATE INDEX outbox_unhandled ON outbox (relayed_ms)
  WHERE handled_ms IS NULL AND relayed_ms IS NOT NULL;
