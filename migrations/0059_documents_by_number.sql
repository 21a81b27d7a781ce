-- A document is found by its number among those of one tenant, whatever scopes these have: the same
-- columns are unique as before, in the order in which they are asked for.
DROP INDEX documents_number;
CREATE UNIQUE INDEX documents_number ON documents (issuer, kind, number, scope)
  WHERE number IS NOT NULL;
CREATE INDEX documents_received_number ON documents (recipient, kind, number)
  WHERE recipient IS NOT NULL AND number IS NOT NULL;
