-- The operator's list of tenants by name.
CREATE INDEX tenants_by_name ON tenants (lower(name), id);
CREATE INDEX tenants_by_mode_and_name ON tenants (mode, lower(name), id);
