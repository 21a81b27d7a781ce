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
