-- Who issues: printed on every document, and where its numbers, zone and defaults come from.
CREATE TABLE issuers (
  tenant TEXT PRIMARY KEY NOT NULL,
  party TEXT NOT NULL CHECK (json_valid(party)),
  bank TEXT CHECK (bank IS NULL OR json_valid(bank)),
  time_zone TEXT NOT NULL,
  currency TEXT NOT NULL,
  tax_currency TEXT,
  language TEXT NOT NULL,
  page_size TEXT CHECK (page_size IN ('a4', 'letter')),
  payment_terms_days INTEGER NOT NULL CHECK (payment_terms_days BETWEEN 0 AND 365),
  tax TEXT NOT NULL CHECK (json_valid(tax)),
  invoice_format TEXT NOT NULL,
  quote_format TEXT NOT NULL,
  credit_note_format TEXT NOT NULL,
  updated_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE brandings (
  tenant TEXT PRIMARY KEY NOT NULL,
  template TEXT NOT NULL,
  accent TEXT,
  logo_key TEXT,
  margin_pt INTEGER NOT NULL,
  terms TEXT,
  footer TEXT,
  updated_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE customers (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  party TEXT NOT NULL CHECK (json_valid(party)),
  ship_to TEXT CHECK (ship_to IS NULL OR json_valid(ship_to)),
  language TEXT,
  currency TEXT,
  tax TEXT CHECK (tax IS NULL OR json_valid(tax)),
  payment_terms_days INTEGER CHECK (payment_terms_days BETWEEN 0 AND 365),
  mandate TEXT CHECK (mandate IS NULL OR json_valid(mandate)),
  reference TEXT,
  linked_tenant TEXT,
  search TEXT NOT NULL,
  revision INTEGER NOT NULL CHECK (revision > 0),
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX customers_by_tenant ON customers (tenant, id);
CREATE UNIQUE INDEX customers_linked ON customers (tenant, linked_tenant)
  WHERE linked_tenant IS NOT NULL;
CREATE UNIQUE INDEX customers_reference ON customers (tenant, reference)
  WHERE reference IS NOT NULL;

-- The last number of each series; it grows only in the batch that uses the number.
CREATE TABLE number_series (
  issuer TEXT NOT NULL,
  scope TEXT NOT NULL,
  kind TEXT NOT NULL,
  year TEXT NOT NULL,
  last INTEGER NOT NULL CHECK (last > 0),
  last_date TEXT NOT NULL,
  PRIMARY KEY (issuer, scope, kind, year)
) WITHOUT ROWID;

-- Invoices, quotes and credit notes. `scope` is empty, or the test tenant whose series counts it.
-- Amounts stay below 10^15, so that D1 hands them to JavaScript exactly.
CREATE TABLE documents (
  id TEXT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'quote', 'credit_note')),
  issuer TEXT NOT NULL,
  scope TEXT NOT NULL,
  customer_id TEXT NOT NULL REFERENCES customers (id),
  recipient TEXT,
  status TEXT NOT NULL CHECK (
    status IN ('draft', 'void', 'open', 'paid', 'pending', 'accepted', 'rejected', 'issued')
  ),
  revision INTEGER NOT NULL CHECK (revision > 0),
  number TEXT,
  series_year TEXT,
  sequence INTEGER,
  issue_date TEXT,
  time_zone TEXT NOT NULL,
  due_date TEXT,
  payment_terms_days INTEGER,
  valid_until TEXT,
  delivery_date TEXT,
  period_start TEXT,
  period_end TEXT,
  currency TEXT NOT NULL,
  language TEXT NOT NULL,
  tax_inclusive INTEGER NOT NULL CHECK (tax_inclusive IN (0, 1)),
  accounting TEXT CHECK (accounting IS NULL OR json_valid(accounting)),
  purchase_order TEXT,
  buyer_reference TEXT,
  memo TEXT,
  notes TEXT,
  terms TEXT,
  fields TEXT NOT NULL CHECK (json_valid(fields)),
  seller TEXT CHECK (seller IS NULL OR json_valid(seller)),
  buyer TEXT CHECK (buyer IS NULL OR json_valid(buyer)),
  branding TEXT CHECK (branding IS NULL OR json_valid(branding)),
  adjustments TEXT NOT NULL CHECK (json_valid(adjustments)),
  totals TEXT NOT NULL CHECK (json_valid(totals)),
  usage TEXT NOT NULL CHECK (json_valid(usage)),
  net_minor INTEGER NOT NULL CHECK (typeof(net_minor) = 'integer'),
  tax_minor INTEGER NOT NULL CHECK (typeof(tax_minor) = 'integer'),
  total_minor INTEGER NOT NULL CHECK (typeof(total_minor) = 'integer'),
  prepaid_minor INTEGER NOT NULL DEFAULT 0 CHECK (typeof(prepaid_minor) = 'integer'),
  paid_minor INTEGER NOT NULL DEFAULT 0 CHECK (typeof(paid_minor) = 'integer'),
  credited_minor INTEGER NOT NULL DEFAULT 0 CHECK (
    typeof(credited_minor) = 'integer' AND credited_minor BETWEEN 0 AND max(total_minor, 0)
  ),
  -- What it was made from or about: an invoice's quote, a credit note's invoice.
  origin_id TEXT REFERENCES documents (id),
  reason TEXT,
  subscription_id TEXT,
  billing_period_id TEXT,
  close_key TEXT UNIQUE,
  search TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  finalized_ms INTEGER,
  -- The hash of the PDF that was made first, without a status: archived, and never made anew.
  issued_key TEXT,
  CHECK ((number IS NULL) = (sequence IS NULL) AND (number IS NULL) = (issue_date IS NULL)),
  CHECK (number IS NULL OR (seller IS NOT NULL AND buyer IS NOT NULL AND branding IS NOT NULL)),
  CHECK (number IS NOT NULL OR status IN ('draft', 'void'))
);
CREATE INDEX documents_by_issuer ON documents (issuer, kind, id);
CREATE INDEX documents_by_recipient ON documents (recipient, kind, id)
  WHERE recipient IS NOT NULL AND number IS NOT NULL;
CREATE INDEX documents_by_customer ON documents (customer_id, id);
CREATE UNIQUE INDEX documents_number ON documents (issuer, scope, kind, number)
  WHERE number IS NOT NULL;
CREATE UNIQUE INDEX documents_sequence ON documents (issuer, scope, kind, series_year, sequence)
  WHERE number IS NOT NULL;
-- A quote becomes one invoice, or another once that was void.
CREATE UNIQUE INDEX documents_converted ON documents (origin_id)
  WHERE kind = 'invoice' AND status <> 'void';
CREATE INDEX documents_credits ON documents (origin_id) WHERE kind = 'credit_note';

CREATE TABLE document_lines (
  document_id TEXT NOT NULL REFERENCES documents (id),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  detail TEXT,
  group_name TEXT,
  group_detail TEXT,
  classification TEXT CHECK (classification IS NULL OR json_valid(classification)),
  quantity TEXT NOT NULL,
  unit_code TEXT NOT NULL,
  unit TEXT,
  unit_price TEXT NOT NULL,
  adjustments TEXT NOT NULL CHECK (json_valid(adjustments)),
  period_start TEXT,
  period_end TEXT,
  tax TEXT NOT NULL CHECK (json_valid(tax)),
  -- How billing came to the line, as JSON: metric, plan version, tiers, sequences.
  explanation TEXT CHECK (explanation IS NULL OR json_valid(explanation)),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer'),
  net_minor INTEGER NOT NULL CHECK (typeof(net_minor) = 'integer'),
  PRIMARY KEY (document_id, position)
) WITHOUT ROWID;

-- Money received for an invoice; a refund is negative. Never changed: a mistake is reversed.
CREATE TABLE payments (
  id TEXT PRIMARY KEY NOT NULL,
  issuer TEXT NOT NULL,
  document_id TEXT NOT NULL REFERENCES documents (id),
  amount_minor INTEGER NOT NULL CHECK (typeof(amount_minor) = 'integer' AND amount_minor <> 0),
  currency TEXT NOT NULL,
  paid_on TEXT NOT NULL,
  method TEXT NOT NULL,
  reference TEXT,
  note TEXT,
  external_id TEXT,
  created_ms INTEGER NOT NULL
);
CREATE INDEX payments_by_document ON payments (document_id, id);
CREATE UNIQUE INDEX payments_external ON payments (issuer, external_id)
  WHERE external_id IS NOT NULL;

-- A writer that read an older revision is refused, and its whole batch with it.
CREATE TRIGGER documents_stale BEFORE UPDATE OF revision ON documents
WHEN NEW.revision <> OLD.revision + 1
BEGIN
  SELECT RAISE(ABORT, 'document is stale');
END;

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
CREATE TRIGGER documents_kept BEFORE DELETE ON documents WHEN OLD.number IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;
CREATE TRIGGER document_lines_changed BEFORE UPDATE ON document_lines
BEGIN
  SELECT RAISE(ABORT, 'document lines are replaced, never changed');
END;
CREATE TRIGGER document_lines_kept BEFORE DELETE ON document_lines
WHEN (SELECT number FROM documents WHERE id = OLD.document_id) IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;
CREATE TRIGGER document_lines_added BEFORE INSERT ON document_lines
WHEN (SELECT number FROM documents WHERE id = NEW.document_id) IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'document is finalised');
END;

-- Links that show one document without an API key, until they expire or are revoked.
CREATE TABLE document_links (
  id TEXT PRIMARY KEY NOT NULL,
  document_id TEXT NOT NULL REFERENCES documents (id),
  issuer TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,
  revoked_ms INTEGER,
  views INTEGER NOT NULL DEFAULT 0,
  viewed_ms INTEGER,
  created_ms INTEGER NOT NULL
);
CREATE INDEX document_links_by_document ON document_links (document_id, id);

-- The installation's key that signs links; made when the first one is.
CREATE TABLE link_keys (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  secret TEXT NOT NULL
);
