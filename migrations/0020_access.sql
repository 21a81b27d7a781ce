-- Nothing that opens an account or a document lies in clear: 1 where the columns are sealed.
ALTER TABLE emails ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
-- What an earlier version wrote is sealed by the minute's sweep, and then this index is empty.
CREATE INDEX emails_in_clear ON emails (id) WHERE sealed = 0;
ALTER TABLE link_keys ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
-- The user who made a key, with whom it ends; NULL for the tenant's own, and for earlier ones.
ALTER TABLE api_keys ADD COLUMN made_by TEXT REFERENCES users (id);
CREATE INDEX api_keys_by_maker ON api_keys (made_by) WHERE made_by IS NOT NULL;
-- What the caller named its request by; request_id is ours.
ALTER TABLE audit ADD COLUMN caller_request_id TEXT;
