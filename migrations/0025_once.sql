-- A request under an Idempotency-Key writes what its answer shows in the batch of its own change, so
-- that it is done once, and answered once more, whatever happens between the batch and the answer.
ALTER TABLE idempotency ADD COLUMN essentials TEXT;

-- How many keys a tenant used on a day (since 1970-01-01), and the characters that were kept.
CREATE TABLE idempotency_days (
  tenant TEXT NOT NULL,
  day INTEGER NOT NULL,
  used INTEGER NOT NULL,
  kept_length INTEGER NOT NULL,
  PRIMARY KEY (day, tenant)
);
