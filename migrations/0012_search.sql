-- Full text of documents and customers: accents folded, found by the beginnings of words. Triggers
-- keep it current, so that it can be dropped (`npm run search -- drop`) without a change anywhere
-- else: D1 exports no database that has a virtual table.
CREATE VIRTUAL TABLE document_search USING fts5 (
  issuer, recipient, number, search,
  content = 'documents', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER document_search_insert AFTER INSERT ON documents
BEGIN
  INSERT INTO document_search (rowid, issuer, recipient, number, search)
  VALUES (NEW.rowid, NEW.issuer, NEW.recipient, NEW.number, NEW.search);
END;
CREATE TRIGGER document_search_delete AFTER DELETE ON documents
BEGIN
  INSERT INTO document_search (document_search, rowid, issuer, recipient, number, search)
  VALUES ('delete', OLD.rowid, OLD.issuer, OLD.recipient, OLD.number, OLD.search);
END;
CREATE TRIGGER document_search_update AFTER UPDATE OF issuer, recipient, number, search ON documents
BEGIN
  INSERT INTO document_search (document_search, rowid, issuer, recipient, number, search)
  VALUES ('delete', OLD.rowid, OLD.issuer, OLD.recipient, OLD.number, OLD.search);
  INSERT INTO document_search (rowid, issuer, recipient, number, search)
  VALUES (NEW.rowid, NEW.issuer, NEW.recipient, NEW.number, NEW.search);
END;
INSERT INTO document_search (document_search) VALUES ('rebuild');

CREATE VIRTUAL TABLE customer_search USING fts5 (
  tenant, search,
  content = 'customers', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER customer_search_insert AFTER INSERT ON customers
BEGIN
  INSERT INTO customer_search (rowid, tenant, search) VALUES (NEW.rowid, NEW.tenant, NEW.search);
END;
CREATE TRIGGER customer_search_delete AFTER DELETE ON customers
BEGIN
  INSERT INTO customer_search (customer_search, rowid, tenant, search)
  VALUES ('delete', OLD.rowid, OLD.tenant, OLD.search);
END;
CREATE TRIGGER customer_search_update AFTER UPDATE OF tenant, search ON customers
BEGIN
  INSERT INTO customer_search (customer_search, rowid, tenant, search)
  VALUES ('delete', OLD.rowid, OLD.tenant, OLD.search);
  INSERT INTO customer_search (rowid, tenant, search) VALUES (NEW.rowid, NEW.tenant, NEW.search);
END;
INSERT INTO customer_search (customer_search) VALUES ('rebuild');
