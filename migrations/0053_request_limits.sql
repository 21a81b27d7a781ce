-- Requests a minute that a key may send, where that is less than its tenant may.
ALTER TABLE api_keys ADD COLUMN reads_per_minute INTEGER CHECK (reads_per_minute > 0);
ALTER TABLE api_keys ADD COLUMN writes_per_minute INTEGER CHECK (writes_per_minute > 0);
