-- The operator's lists of subscriptions and tenants by their tabs.
CREATE INDEX subscriptions_by_status ON subscriptions (status, id);
CREATE INDEX subscriptions_ending ON subscriptions (status, id) WHERE end_ms IS NOT NULL;
CREATE INDEX tenants_by_mode ON tenants (mode, id);
