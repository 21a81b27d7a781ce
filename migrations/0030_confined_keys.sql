-- What a key is confined to: permissions, tenants and addresses; NULL for no more than its role.
ALTER TABLE api_keys ADD COLUMN confinement TEXT CHECK (json_valid(confinement));
-- In real time: it works until then; when it was last seen to; and the key that it was rotated to.
ALTER TABLE api_keys ADD COLUMN expires_ms INTEGER;
ALTER TABLE api_keys ADD COLUMN last_used_ms INTEGER;
ALTER TABLE api_keys ADD COLUMN replaced_by TEXT;
-- Those whose end may have come and is not written down.
CREATE INDEX api_keys_by_end ON api_keys (tenant, expires_ms)
  WHERE expires_ms IS NOT NULL AND revoked_ms IS NULL;
