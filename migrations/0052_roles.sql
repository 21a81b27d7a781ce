-- Roles that tenants put together of permissions. Whoever has one has its id in own_role; what
-- stands in role then is what an earlier version takes it for.
CREATE TABLE roles (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  description TEXT,
  permissions TEXT NOT NULL CHECK (json_valid(permissions)),
  created_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX roles_by_name ON roles (tenant, name COLLATE NOCASE);
CREATE INDEX roles_by_tenant ON roles (tenant, id);

ALTER TABLE users ADD COLUMN own_role TEXT REFERENCES roles (id);
CREATE INDEX users_by_own_role ON users (own_role) WHERE own_role IS NOT NULL;
ALTER TABLE api_keys ADD COLUMN own_role TEXT REFERENCES roles (id);
CREATE INDEX api_keys_by_own_role ON api_keys (own_role) WHERE own_role IS NOT NULL;

-- What of the tenant's usage, documents and customers a user may see; NULL for all of it.
ALTER TABLE users ADD COLUMN confinement TEXT CHECK (json_valid(confinement));

-- The user who drafted a document; NULL where no user did, and for older ones.
ALTER TABLE documents ADD COLUMN created_by TEXT;
CREATE INDEX documents_by_creator ON documents (created_by, id) WHERE created_by IS NOT NULL;
CREATE TRIGGER documents_creator_frozen
BEFORE UPDATE OF created_by ON documents
WHEN OLD.number IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;
