-- What a version of a plan lets its tenants do to usage that it prices; those there are grant nothing.
ALTER TABLE plan_versions ADD COLUMN tenant_may TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tenant_may));
