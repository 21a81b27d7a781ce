-- Aggregations, price models, payment providers and kinds of documents are listed in the code, in
-- one registry each, which checks what is written. The CHECKs that listed them here go.
--
-- A CHECK goes with its column: each is added anew, filled, and put in the old one's place, so that
-- rows, rowids, keys, and the search over rowids stay. Only two small tables are made anew, which
-- nothing refers to. All of this runs as one batch: where a statement fails nothing has changed.
--
-- It writes each row of `documents` and `emails` twice and makes six indexes of `documents` anew:
-- about 5 s for 100,000 documents of 3 kB, and 5 s for 100,000 e-mails of 8 kB. D1 gives a statement
-- 30 s; of those 10 s none took more than 2.5, and the documents are filled in four.

ALTER TABLE metrics ADD COLUMN open_aggregation TEXT NOT NULL DEFAULT 'sum';
UPDATE metrics SET open_aggregation = aggregation WHERE aggregation <> 'sum';
ALTER TABLE metrics DROP COLUMN aggregation;
ALTER TABLE metrics RENAME COLUMN open_aggregation TO aggregation;

CREATE TABLE open_plan_prices (
  version_id TEXT NOT NULL REFERENCES plan_versions (id),
  metric TEXT NOT NULL,
  position INTEGER NOT NULL,
  included_micro INTEGER NOT NULL CHECK (typeof(included_micro) = 'integer' AND included_micro >= 0),
  model TEXT NOT NULL,
  rates TEXT NOT NULL CHECK (json_valid(rates)),
  hard INTEGER NOT NULL DEFAULT 0 CHECK (hard IN (0, 1)),
  thresholds TEXT NOT NULL DEFAULT '[80,90,100,110]' CHECK (json_valid(thresholds)),
  PRIMARY KEY (version_id, metric)
) WITHOUT ROWID;
INSERT INTO open_plan_prices
  (version_id, metric, position, included_micro, model, rates, hard, thresholds)
SELECT version_id, metric, position, included_micro, model, rates, hard, thresholds
FROM plan_prices;
DROP TABLE plan_prices;
ALTER TABLE open_plan_prices RENAME TO plan_prices;

CREATE TABLE open_payment_hooks (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  provider TEXT NOT NULL,
  sealed TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  UNIQUE (tenant, provider)
);
INSERT INTO open_payment_hooks (rowid, id, tenant, provider, sealed, updated_ms)
SELECT rowid, id, tenant, provider, sealed, updated_ms FROM payment_hooks;
DROP TABLE payment_hooks;
ALTER TABLE open_payment_hooks RENAME TO payment_hooks;

ALTER TABLE emails ADD COLUMN open_kind TEXT;
UPDATE emails SET open_kind = document_kind WHERE document_kind IS NOT NULL;
ALTER TABLE emails DROP COLUMN document_kind;
ALTER TABLE emails RENAME COLUMN open_kind TO document_kind;

-- What names the column goes first and comes back as it was.
DROP TRIGGER documents_frozen;
DROP INDEX documents_by_issuer;
DROP INDEX documents_by_recipient;
DROP INDEX documents_number;
DROP INDEX documents_sequence;
DROP INDEX documents_converted;
DROP INDEX documents_credits;

-- A column that is added to rows needs a default where it is not null; no document may have it.
ALTER TABLE documents ADD COLUMN open_kind TEXT NOT NULL DEFAULT '';
UPDATE documents SET open_kind = kind WHERE rowid % 4 = 0;
UPDATE documents SET open_kind = kind WHERE rowid % 4 = 1;
UPDATE documents SET open_kind = kind WHERE rowid % 4 = 2;
UPDATE documents SET open_kind = kind WHERE rowid % 4 = 3;
ALTER TABLE documents DROP COLUMN kind;
ALTER TABLE documents RENAME COLUMN open_kind TO kind;
CREATE TRIGGER documents_without_kind BEFORE INSERT ON documents WHEN NEW.kind = ''
BEGIN
  SELECT RAISE(ABORT, 'document has no kind');
END;

CREATE INDEX documents_by_issuer ON documents (issuer, kind, id);
CREATE INDEX documents_by_recipient ON documents (recipient, kind, id)
  WHERE recipient IS NOT NULL AND number IS NOT NULL;
CREATE UNIQUE INDEX documents_number ON documents (issuer, scope, kind, number)
  WHERE number IS NOT NULL;
CREATE UNIQUE INDEX documents_sequence ON documents (issuer, scope, kind, series_year, sequence)
  WHERE number IS NOT NULL;
-- A quote becomes one invoice, or another once that was void.
CREATE UNIQUE INDEX documents_converted ON documents (origin_id)
  WHERE kind = 'invoice' AND status <> 'void';
CREATE INDEX documents_credits ON documents (origin_id) WHERE kind = 'credit_note';

-- A finalised document never changes; only its status and what was paid or credited do.
CREATE TRIGGER documents_frozen BEFORE UPDATE OF
  id, kind, issuer, scope, customer_id, recipient, number, series_year, sequence, issue_date,
  time_zone, due_date, payment_terms_days, valid_until, delivery_date, period_start, period_end,
  currency, language, tax_inclusive, accounting, purchase_order, buyer_reference, memo, notes,
  terms, fields, seller, buyer, branding, adjustments, totals, usage, net_minor, tax_minor, total_minor,
  prepaid_minor, origin_id, reason, subscription_id, billing_period_id, close_key, created_ms,
  finalized_ms
ON documents WHEN OLD.number IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;
