-- Lists of documents that are sorted, and how many of each status there are without counting them:
-- every sort is an index behind whose they are, kind and status, and what a list says above its rows
-- is kept by triggers.
CREATE INDEX documents_by_status ON documents (issuer, kind, status, id);
CREATE INDEX documents_by_issue ON documents
  (issuer, kind, status, coalesce(issue_date, ''), id);
CREATE INDEX documents_by_last_day ON documents
  (issuer, kind, status, coalesce(due_date, valid_until, ''), id);
CREATE INDEX documents_by_total ON documents
  (issuer, kind, status, currency, total_minor, id);
CREATE INDEX documents_received_by_status ON documents (recipient, kind, status, id)
  WHERE recipient IS NOT NULL AND number IS NOT NULL;
CREATE INDEX documents_received_by_issue ON documents
  (recipient, kind, status, coalesce(issue_date, ''), id)
  WHERE recipient IS NOT NULL AND number IS NOT NULL;
CREATE INDEX documents_received_by_last_day ON documents
  (recipient, kind, status, coalesce(due_date, valid_until, ''), id)
  WHERE recipient IS NOT NULL AND number IS NOT NULL;
CREATE INDEX documents_received_by_total ON documents
  (recipient, kind, status, currency, total_minor, id)
  WHERE recipient IS NOT NULL AND number IS NOT NULL;
CREATE INDEX documents_by_subscription ON documents (subscription_id, id)
  WHERE subscription_id IS NOT NULL;

-- How many documents a tenant issued, or received, by status, and what they come to. An open invoice
-- and a pending quote also count by their last day, so that those that are overdue or expired can be
-- told apart on any day. Sums are kept as billions and the rest, since 15 digits add up to more than
-- an integer holds.
CREATE TABLE document_tallies (
  viewer TEXT NOT NULL,
  kind TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('issuer', 'recipient')),
  test INTEGER NOT NULL CHECK (test IN (0, 1)),
  status TEXT NOT NULL,
  currency TEXT NOT NULL,
  last_day TEXT NOT NULL,
  documents INTEGER NOT NULL,
  total_high INTEGER NOT NULL,
  total_low INTEGER NOT NULL,
  open_high INTEGER NOT NULL,
  open_low INTEGER NOT NULL,
  PRIMARY KEY (viewer, kind, role, test, status, currency, last_day)
) WITHOUT ROWID;

  INSERT INTO document_tallies
    (viewer, kind, role, test, status, currency, last_day,
     documents, total_high, total_low, open_high, open_low)
  SELECT CASE role WHEN 'issuer' THEN issuer ELSE recipient END, kind, role, test, status, currency,
         CASE WHEN status IN ('open', 'pending') THEN last_day ELSE '' END,
         n, n * (total / 1000000000), n * (total % 1000000000),
         n * (open / 1000000000), n * (open % 1000000000)
  FROM (
    SELECT *, CASE WHEN status = 'open' THEN
        max(0, coalesce((rest + step / 2) / nullif(step, 0) * step, rest) - paid)
      ELSE 0 END AS open
    FROM (
      SELECT 1 AS n, had.issuer AS issuer, had.recipient AS recipient, had.number AS number,
             had.kind AS kind, had.scope <> '' AS test, had.status AS status,
             had.currency AS currency,
             coalesce(had.due_date, had.valid_until, '') AS last_day, had.total_minor AS total,
             had.paid_minor AS paid, had.rounding_step_minor AS step,
             max(0, had.total_minor - had.credited_minor - had.prepaid_minor - had.deposited_minor)
               AS rest
      FROM documents AS had
    )
  ) JOIN (SELECT 'issuer' AS role UNION ALL SELECT 'recipient')
    ON role = 'issuer' OR (recipient <> issuer AND number IS NOT NULL)
  WHERE true
  ON CONFLICT (viewer, kind, role, test, status, currency, last_day) DO UPDATE SET
    documents = documents + excluded.documents,
    total_high = total_high + excluded.total_high,
    total_low = total_low + excluded.total_low,
    open_high = open_high + excluded.open_high,
    open_low = open_low + excluded.open_low;

CREATE TRIGGER documents_tallied AFTER INSERT ON documents
BEGIN
  INSERT INTO document_tallies
    (viewer, kind, role, test, status, currency, last_day,
     documents, total_high, total_low, open_high, open_low)
  SELECT CASE role WHEN 'issuer' THEN issuer ELSE recipient END, kind, role, test, status, currency,
         CASE WHEN status IN ('open', 'pending') THEN last_day ELSE '' END,
         n, n * (total / 1000000000), n * (total % 1000000000),
         n * (open / 1000000000), n * (open % 1000000000)
  FROM (
    SELECT *, CASE WHEN status = 'open' THEN
        max(0, coalesce((rest + step / 2) / nullif(step, 0) * step, rest) - paid)
      ELSE 0 END AS open
    FROM (
      SELECT 1 AS n, NEW.issuer AS issuer, NEW.recipient AS recipient, NEW.number AS number,
             NEW.kind AS kind, NEW.scope <> '' AS test, NEW.status AS status,
             NEW.currency AS currency,
             coalesce(NEW.due_date, NEW.valid_until, '') AS last_day, NEW.total_minor AS total,
             NEW.paid_minor AS paid, NEW.rounding_step_minor AS step,
             max(0, NEW.total_minor - NEW.credited_minor - NEW.prepaid_minor - NEW.deposited_minor)
               AS rest
    )
  ) JOIN (SELECT 'issuer' AS role UNION ALL SELECT 'recipient')
    ON role = 'issuer' OR (recipient <> issuer AND number IS NOT NULL)
  WHERE true
  ON CONFLICT (viewer, kind, role, test, status, currency, last_day) DO UPDATE SET
    documents = documents + excluded.documents,
    total_high = total_high + excluded.total_high,
    total_low = total_low + excluded.total_low,
    open_high = open_high + excluded.open_high,
    open_low = open_low + excluded.open_low;
END;

CREATE TRIGGER documents_retallied AFTER UPDATE OF
  status, number, recipient, currency, due_date, valid_until, total_minor, prepaid_minor,
  deposited_minor, rounding_step_minor, paid_minor, credited_minor
ON documents
BEGIN
  INSERT INTO document_tallies
    (viewer, kind, role, test, status, currency, last_day,
     documents, total_high, total_low, open_high, open_low)
  SELECT CASE role WHEN 'issuer' THEN issuer ELSE recipient END, kind, role, test, status, currency,
         CASE WHEN status IN ('open', 'pending') THEN last_day ELSE '' END,
         n, n * (total / 1000000000), n * (total % 1000000000),
         n * (open / 1000000000), n * (open % 1000000000)
  FROM (
    SELECT *, CASE WHEN status = 'open' THEN
        max(0, coalesce((rest + step / 2) / nullif(step, 0) * step, rest) - paid)
      ELSE 0 END AS open
    FROM (
      SELECT -1 AS n, OLD.issuer AS issuer, OLD.recipient AS recipient, OLD.number AS number,
             OLD.kind AS kind, OLD.scope <> '' AS test, OLD.status AS status,
             OLD.currency AS currency,
             coalesce(OLD.due_date, OLD.valid_until, '') AS last_day, OLD.total_minor AS total,
             OLD.paid_minor AS paid, OLD.rounding_step_minor AS step,
             max(0, OLD.total_minor - OLD.credited_minor - OLD.prepaid_minor - OLD.deposited_minor)
               AS rest
      UNION ALL
      SELECT 1 AS n, NEW.issuer AS issuer, NEW.recipient AS recipient, NEW.number AS number,
             NEW.kind AS kind, NEW.scope <> '' AS test, NEW.status AS status,
             NEW.currency AS currency,
             coalesce(NEW.due_date, NEW.valid_until, '') AS last_day, NEW.total_minor AS total,
             NEW.paid_minor AS paid, NEW.rounding_step_minor AS step,
             max(0, NEW.total_minor - NEW.credited_minor - NEW.prepaid_minor - NEW.deposited_minor)
               AS rest
    )
  ) JOIN (SELECT 'issuer' AS role UNION ALL SELECT 'recipient')
    ON role = 'issuer' OR (recipient <> issuer AND number IS NOT NULL)
  WHERE true
  ON CONFLICT (viewer, kind, role, test, status, currency, last_day) DO UPDATE SET
    documents = documents + excluded.documents,
    total_high = total_high + excluded.total_high,
    total_low = total_low + excluded.total_low,
    open_high = open_high + excluded.open_high,
    open_low = open_low + excluded.open_low;
  DELETE FROM document_tallies
  WHERE documents = 0 AND viewer IN (OLD.issuer, OLD.recipient) AND kind = OLD.kind
    AND status = OLD.status AND currency = OLD.currency;
END;

