-- What an issuer holds of a customer's money, in each currency: it is beyond what invoices ask.
CREATE TABLE customer_balances (
  tenant TEXT NOT NULL REFERENCES tenants (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  currency TEXT NOT NULL,
  balance_minor INTEGER NOT NULL CHECK (typeof(balance_minor) = 'integer' AND balance_minor >= 0),
  PRIMARY KEY (customer_id, currency)
) WITHOUT ROWID;

-- The ledger of balances, whose sum each balance is. Never changed: a mistake is reversed.
CREATE TABLE balance_transactions (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  currency TEXT NOT NULL,
  kind TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor <> 0),
  ending_minor INTEGER NOT NULL CHECK (typeof(ending_minor) = 'integer' AND ending_minor >= 0),
  invoice_id TEXT REFERENCES documents (id),
  source_id TEXT,
  day TEXT NOT NULL,
  method TEXT,
  reference TEXT,
  note TEXT,
  external_id TEXT,
  created_ms INTEGER NOT NULL
);
CREATE INDEX balance_transactions_by_customer ON balance_transactions (customer_id, id);
CREATE INDEX balance_transactions_by_invoice ON balance_transactions (invoice_id)
  WHERE invoice_id IS NOT NULL;
CREATE UNIQUE INDEX balance_transactions_external ON balance_transactions (tenant, external_id)
  WHERE external_id IS NOT NULL;

-- Invoices of the version before kept what was paid beyond their amount: it becomes a balance, by a
-- payment that takes it off the invoice. One that is credited in whole is void once nothing of it
-- is paid; that is not announced.
INSERT INTO balance_transactions (id, tenant, customer_id, currency, kind, amount_minor,
  ending_minor, invoice_id, source_id, day, created_ms)
SELECT 'btx_' || substr(id, instr(id, '_') + 1), issuer, customer_id, currency,
  CASE WHEN credited_minor > 0 THEN 'credit_note' ELSE 'overpayment' END, excess,
  sum(excess) OVER (PARTITION BY customer_id, currency ORDER BY id), id, NULL,
  date(updated_ms / 1000, 'unixepoch'), updated_ms
FROM (
  SELECT *, paid_minor - max(total_minor - credited_minor - prepaid_minor, 0) AS excess
  FROM documents WHERE kind = 'invoice' AND number IS NOT NULL AND paid_minor > 0)
WHERE excess > 0;

INSERT INTO customer_balances (tenant, customer_id, currency, balance_minor)
SELECT tenant, customer_id, currency, sum(amount_minor) FROM balance_transactions
GROUP BY tenant, customer_id, currency;

INSERT INTO payments (id, issuer, document_id, amount_minor, currency, paid_on, method, reference,
  created_ms, source)
SELECT 'pay_' || substr(id, 5), tenant, invoice_id, -amount_minor, currency, day, 'balance', id,
  created_ms, ''
FROM balance_transactions;

UPDATE documents SET
  paid_minor = paid_minor - moved.amount_minor,
  revision = revision + 1,
  status = CASE WHEN total_minor > 0 AND credited_minor = total_minor THEN 'void' ELSE status END
FROM balance_transactions AS moved WHERE moved.invoice_id = documents.id;
