-- The catalogue of items: what a tenant sells, as a line of a document begins with it.
CREATE TABLE items (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  description TEXT,
  unit_code TEXT NOT NULL,
  unit TEXT,
  unit_price TEXT NOT NULL,
  currency TEXT,
  tax TEXT CHECK (tax IS NULL OR json_valid(tax)),
  search TEXT NOT NULL,
  revision INTEGER NOT NULL CHECK (typeof(revision) = 'integer'),
  created_ms INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer'),
  updated_ms INTEGER NOT NULL CHECK (typeof(updated_ms) = 'integer')
);
-- Lists go by name, and a search looks for how one begins.
CREATE INDEX items_by_name ON items (tenant, search, id);

-- What a customer owes is read of its open invoices alone.
CREATE INDEX documents_open_by_customer ON documents (customer_id, id) WHERE status = 'open';

-- Invoices that repeat: which one they are like, how often, and what becomes of each.
CREATE TABLE recurring_invoices (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  template_id TEXT NOT NULL REFERENCES documents (id),
  interval TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT,
  delivery TEXT NOT NULL,
  covers TEXT,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  made INTEGER NOT NULL CHECK (typeof(made) = 'integer' AND made >= 0),
  occurrence INTEGER NOT NULL CHECK (typeof(occurrence) = 'integer' AND occurrence >= 0),
  next_on TEXT,
  last_invoice_id TEXT REFERENCES documents (id),
  problem TEXT,
  revision INTEGER NOT NULL CHECK (typeof(revision) = 'integer'),
  created_ms INTEGER NOT NULL CHECK (typeof(created_ms) = 'integer'),
  updated_ms INTEGER NOT NULL CHECK (typeof(updated_ms) = 'integer')
);
CREATE INDEX recurring_invoices_by_tenant ON recurring_invoices (tenant, id);

-- When a link was opened first, and the e-mails of one document.
ALTER TABLE document_links ADD COLUMN first_viewed_ms INTEGER;
CREATE INDEX emails_by_document ON emails (document_id, id) WHERE document_id IS NOT NULL;
