-- The version of the API in which a key is answered and an endpoint is sent messages. What was made
-- before there were versions has the first one.
ALTER TABLE api_keys ADD COLUMN api_version TEXT;
ALTER TABLE webhook_endpoints ADD COLUMN api_version TEXT;
