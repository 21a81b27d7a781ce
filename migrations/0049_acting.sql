-- The tenant whose dashboard a session of the operator has open: set and cleared with a new form
-- token, so that no form of before is taken for it, or for the operator, afterwards.
ALTER TABLE sessions ADD COLUMN acting_for TEXT REFERENCES tenants (id);
-- What was done with one thing, newest first: a document's timeline says by whom.
CREATE INDEX audit_by_target ON audit (tenant, target, at_ms, id);

-- For whom an invoice repeats, so that a customer's are found; a draft's customer may change.
ALTER TABLE recurring_invoices ADD COLUMN customer_id TEXT;
UPDATE recurring_invoices
  SET customer_id = (SELECT customer_id FROM documents WHERE documents.id = template_id);
CREATE INDEX recurring_invoices_by_customer ON recurring_invoices (tenant, customer_id, id);
CREATE INDEX recurring_invoices_by_template ON recurring_invoices (template_id);
CREATE TRIGGER recurring_invoices_follow AFTER UPDATE OF customer_id ON documents
WHEN old.customer_id IS NOT new.customer_id
BEGIN
  UPDATE recurring_invoices SET customer_id = new.customer_id WHERE template_id = new.id;
END;
