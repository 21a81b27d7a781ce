-- Events that a tenant may record a minute; NULL for as many as it sends.
ALTER TABLE tenants ADD COLUMN events_per_minute INTEGER
  CHECK (events_per_minute IS NULL OR events_per_minute > 0);
