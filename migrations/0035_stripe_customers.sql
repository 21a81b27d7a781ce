-- What Stripe keeps of a customer and a customer here has no place for.
CREATE TABLE stripe_customers (
  customer_id TEXT PRIMARY KEY NOT NULL REFERENCES customers (id),
  tenant TEXT NOT NULL,
  description TEXT,
  metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metadata))
);

CREATE TRIGGER stripe_customers_stored AFTER INSERT ON stripe_customers
BEGIN
  INSERT INTO budget_use (tenant, budget, used)
    VALUES (NEW.tenant, 'stored_bytes', 300 +
      length(CAST(coalesce(NEW.description, '') || NEW.metadata AS BLOB)))
    ON CONFLICT (tenant, budget) DO UPDATE SET used = used + excluded.used;
END;

CREATE TRIGGER stripe_customers_restored AFTER UPDATE OF description, metadata ON stripe_customers
BEGIN
  UPDATE budget_use SET used = used +
      length(CAST(coalesce(NEW.description, '') || NEW.metadata AS BLOB)) -
      length(CAST(coalesce(OLD.description, '') || OLD.metadata AS BLOB))
    WHERE tenant = NEW.tenant AND budget = 'stored_bytes';
END;
