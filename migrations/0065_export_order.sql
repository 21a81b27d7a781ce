-- An export reads a tenant's rows a page at a time, in the order of a key.
DROP INDEX external_ids_by_tenant;
CREATE INDEX external_ids_by_tenant ON external_ids (tenant, external_id);
CREATE INDEX items_by_tenant ON items (tenant, id);
-- What an export takes along of due work, which is not the deliveries.
CREATE INDEX due_exported ON due (tenant, at_ms, id)
  WHERE kind NOT IN ('webhook.deliver', 'email.send', 'usage.archive');
