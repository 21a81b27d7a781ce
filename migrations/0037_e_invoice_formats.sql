-- Which format of e-invoices goes to whom, and whether a document that lacks something gets a number.
ALTER TABLE issuers ADD COLUMN e_invoice_formats TEXT CHECK (json_valid(e_invoice_formats));
ALTER TABLE issuers ADD COLUMN strict INTEGER NOT NULL DEFAULT 0 CHECK (strict IN (0, 1));
ALTER TABLE customers ADD COLUMN e_invoice_format TEXT;
