CREATE TABLE emails (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  -- Empty for real mail, else the test tenant whose it is: that never leaves the installation.
  scope TEXT NOT NULL,
  -- All three null for a notice, which brings no document.
  document_kind TEXT CHECK (document_kind IN ('invoice', 'quote')),
  document_id TEXT,
  document_number TEXT,
  from_name TEXT NOT NULL,
  reply_to TEXT,
  recipients TEXT NOT NULL CHECK (json_valid(recipients)),
  cc TEXT NOT NULL CHECK (json_valid(cc)),
  subject TEXT NOT NULL,
  html TEXT NOT NULL,
  plain TEXT NOT NULL,
  -- Names, types, sizes, and where in R2 their bytes are.
  attachments TEXT NOT NULL CHECK (json_valid(attachments)),
  status TEXT NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  provider TEXT,
  provider_id TEXT,
  reason TEXT,
  created_ms INTEGER NOT NULL,
  sent_ms INTEGER
);
CREATE INDEX emails_by_tenant ON emails (tenant, id);

-- What a tenant has sent without asking for it each time.
CREATE TABLE email_settings (
  tenant TEXT PRIMARY KEY NOT NULL REFERENCES tenants (id),
  send_invoices INTEGER NOT NULL CHECK (send_invoices IN (0, 1)),
  alerts_to TEXT NOT NULL CHECK (json_valid(alerts_to)),
  updated_ms INTEGER NOT NULL
);
