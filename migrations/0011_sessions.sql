-- Who is signed in to the dashboard. Only hashes of tokens are kept.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  -- One of both: what the session stands for, and ends with.
  key_id TEXT REFERENCES api_keys (id),
  user_id TEXT REFERENCES users (id),
  hash TEXT NOT NULL UNIQUE,
  -- The token before the last rotation: for a moment good for requests that were on their way.
  previous_hash TEXT UNIQUE,
  -- What every form of the session carries.
  form_token TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  rotated_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  CHECK ((key_id IS NULL) <> (user_id IS NULL))
);
CREATE INDEX sessions_by_expiry ON sessions (expires_ms);

CREATE TABLE sign_in_links (
  hash TEXT PRIMARY KEY NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  used_ms INTEGER
);
CREATE INDEX sign_in_links_by_user ON sign_in_links (user_id, created_ms);
CREATE INDEX sign_in_links_by_expiry ON sign_in_links (expires_ms);

-- A private message opens an account: nobody but its recipient reads it.
ALTER TABLE emails ADD COLUMN private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1));
