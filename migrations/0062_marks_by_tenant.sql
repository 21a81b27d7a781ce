-- A tenant's marks and objects to forget move along with it to another ledger, a page at a time.
CREATE INDEX usage_erasures_by_tenant ON usage_erasures (tenant, id);
CREATE INDEX forgotten_objects_by_tenant ON forgotten_objects (tenant, object_key);
