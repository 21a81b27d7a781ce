-- The operator's own ids of tenants.
ALTER TABLE tenants ADD COLUMN external_id TEXT
  CHECK (external_id IS NULL OR length(external_id) BETWEEN 1 AND 200);
CREATE UNIQUE INDEX tenants_external_id ON tenants (external_id) WHERE external_id IS NOT NULL;
-- Whose each of them is or was: one that a tenant gave up is taken back by that tenant alone.
CREATE TABLE external_ids (
  external_id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL
);
CREATE INDEX external_ids_by_tenant ON external_ids (tenant);
