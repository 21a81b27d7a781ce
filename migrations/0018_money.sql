-- What a version of a plan lets its tenants do to usage that it prices; those there are grant nothing.
ALTER TABLE plan_versions ADD COLUMN tenant_may TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tenant_may));

-- Whose id a payment's external id is: '' for the issuer's own, else a provider of payments.
ALTER TABLE payments ADD COLUMN source TEXT NOT NULL DEFAULT '';
UPDATE payments SET source = method
WHERE method IN ('stripe', 'razorpay') AND external_id = method || ':' || reference;
DROP INDEX payments_external;
CREATE UNIQUE INDEX payments_external ON payments (issuer, source, external_id)
  WHERE external_id IS NOT NULL;

-- Money that a provider moved and no invoice took, until the issuer says what becomes of it.
CREATE TABLE unmatched_money (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL,
  reference TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  named_invoice TEXT,
  reason TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  settled_ms INTEGER,
  payment_id TEXT,
  UNIQUE (tenant, provider, reference)
);
CREATE INDEX unmatched_money_open ON unmatched_money (tenant, id) WHERE settled_ms IS NULL;
