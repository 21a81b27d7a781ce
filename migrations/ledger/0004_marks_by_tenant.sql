-- As the control database has them (migrations/0062_marks_by_tenant.sql).
CREATE INDEX usage_erasures_by_tenant ON usage_erasures (tenant, id);
CREATE INDEX forgotten_objects_by_tenant ON forgotten_objects (tenant, object_key);
