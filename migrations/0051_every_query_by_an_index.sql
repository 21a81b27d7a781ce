-- Who has an address, of whatever tenant; and a tenant's imports in the order of their list.
CREATE INDEX users_by_address ON users (email, id) WHERE removed_ms IS NULL;
CREATE INDEX usage_imports_by_tenant ON usage_imports (tenant, id);
