-- Lists of e-mails, deliveries and subscriptions by status, and of customers by name.
CREATE INDEX emails_by_status ON emails (tenant, status, id) WHERE private = 0;
CREATE INDEX webhook_deliveries_by_status ON webhook_deliveries (tenant, status, id);
CREATE INDEX customers_by_name ON customers (tenant, lower(name), id);
