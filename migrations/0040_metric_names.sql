-- What people read of a metric on documents and in e-mails; where it is empty, its description or
-- its name says it.
ALTER TABLE metrics ADD COLUMN display_name TEXT NOT NULL DEFAULT ''
  CHECK (length(display_name) <= 80);

UPDATE metrics SET display_name = CASE name
    WHEN 'quotes_generated' THEN 'Quotes generated'
    WHEN 'invoices_generated' THEN 'Invoices generated'
    WHEN 'api_calls' THEN 'API calls'
    WHEN 'storage_gb' THEN 'Storage'
    WHEN 'users_active' THEN 'Active users'
    WHEN 'support_tickets' THEN 'Support tickets'
    WHEN 'email_sent' THEN 'E-mails sent'
    WHEN 'pdf_generated' THEN 'PDFs generated'
    WHEN 'webhook_calls' THEN 'Webhook calls'
    WHEN 'export_operations' THEN 'Export operations'
    ELSE ''
  END
WHERE tenant = '*';
