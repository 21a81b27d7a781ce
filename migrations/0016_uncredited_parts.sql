-- What is left to credit of an invoice, line by line and of each tax group, once a part of it was
-- credited. Written in the batch of each credit note; invoices without a row have all, or what the
-- credit notes of the version before left of them.
CREATE TABLE uncredited_parts (
  invoice_id TEXT PRIMARY KEY NOT NULL REFERENCES documents (id),
  parts TEXT NOT NULL CHECK (json_valid(parts))
);
