-- E-mails bring every kind of document and tell what the provider reports of them.
CREATE TABLE emails_next (
  id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id),
  -- Empty for real mail, else the test tenant whose it is: that never leaves the installation.
  scope TEXT NOT NULL,
  -- A document itself, what became of one, or a notice to the tenant's own people.
  letter TEXT NOT NULL CHECK (letter IN ('document', 'receipt', 'reminder', 'notice')),
  -- All three null for a notice, which brings no document.
  document_kind TEXT CHECK (document_kind IN ('invoice', 'quote', 'credit_note')),
  document_id TEXT,
  document_number TEXT,
  from_name TEXT NOT NULL,
  reply_to TEXT,
  recipients TEXT NOT NULL CHECK (json_valid(recipients)),
  cc TEXT NOT NULL CHECK (json_valid(cc)),
  subject TEXT NOT NULL,
  html TEXT NOT NULL,
  plain TEXT NOT NULL,
  -- Names, types, sizes, and where in R2 their bytes are; `cid` where the letter shows it.
  attachments TEXT NOT NULL CHECK (json_valid(attachments)),
  status TEXT NOT NULL CHECK (
    status IN ('queued', 'sent', 'delivered', 'bounced', 'complained', 'suppressed', 'failed')
  ),
  attempts INTEGER NOT NULL DEFAULT 0,
  provider TEXT,
  provider_id TEXT,
  reason TEXT,
  created_ms INTEGER NOT NULL,
  sent_ms INTEGER,
  -- Subject and recipients in lower case.
  search TEXT NOT NULL
);
INSERT INTO emails_next
SELECT id, tenant, scope, CASE WHEN document_id IS NULL THEN 'notice' ELSE 'document' END,
  document_kind, document_id, document_number, from_name, reply_to, recipients, cc, subject, html,
  plain, attachments, status, attempts, provider, provider_id, reason, created_ms, sent_ms,
  lower(subject || ' ' || recipients || ' ' || cc)
FROM emails;
DROP TABLE emails;
ALTER TABLE emails_next RENAME TO emails;
CREATE INDEX emails_by_tenant ON emails (tenant, id);

-- Which alerts go to whom by which way: a list a tenant, in the order in which it was written.
CREATE TABLE alert_routes (
  tenant TEXT PRIMARY KEY NOT NULL REFERENCES tenants (id),
  routes TEXT NOT NULL CHECK (json_valid(routes)),
  updated_ms INTEGER NOT NULL
);
INSERT INTO alert_routes (tenant, routes, updated_ms)
SELECT tenant, json_array(json_object('name', 'Alerts', 'events', json('[]'),
  'metrics', json('[]'), 'emails', json(alerts_to), 'endpoints', json('[]'),
  'allTenants', json('false'))), updated_ms
FROM email_settings WHERE json_array_length(alerts_to) > 0;

ALTER TABLE email_settings DROP COLUMN alerts_to;
ALTER TABLE email_settings ADD COLUMN send_receipts INTEGER NOT NULL DEFAULT 0
  CHECK (send_receipts IN (0, 1));
ALTER TABLE email_settings ADD COLUMN send_credit_notes INTEGER NOT NULL DEFAULT 0
  CHECK (send_credit_notes IN (0, 1));
ALTER TABLE email_settings ADD COLUMN send_reminders INTEGER NOT NULL DEFAULT 1
  CHECK (send_reminders IN (0, 1));

-- Addresses that a tenant's mail is kept from.
CREATE TABLE suppressions (
  tenant TEXT NOT NULL REFERENCES tenants (id),
  -- In lower case.
  address TEXT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('bounced', 'complained', 'manual')),
  -- The e-mail that told of it; null for one that was entered by hand.
  email TEXT,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, address)
) WITHOUT ROWID;

-- What is older than is kept goes in the order in which it was made.
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created_ms)
  WHERE status <> 'pending';
CREATE INDEX emails_by_age ON emails (created_ms) WHERE status <> 'queued';
