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

-- What a tenant was billed by calendar month, quarter and year, and in twelve months that end with
-- one (UTC, before discounts and tax), each with its change against the time before. A closed
-- period is added to each time that it lies in, and taken from the change of the one step. So the
-- first and the last of any time are read from an index, whatever the number of tenants.
CREATE TABLE billed_spans (
  tenant TEXT NOT NULL,
  span TEXT NOT NULL,
  currency TEXT NOT NULL,
  test INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  change_minor INTEGER NOT NULL,
  PRIMARY KEY (tenant, span, currency)
) WITHOUT ROWID;
CREATE INDEX billed_spans_by_amount ON billed_spans (test, span, currency, amount_minor);
CREATE INDEX billed_spans_by_change ON billed_spans (test, span, currency, change_minor);

DROP TRIGGER periods_billed;
DROP TABLE billed_years;
CREATE TRIGGER periods_billed AFTER INSERT ON periods
BEGIN
  INSERT INTO billed_months (test, month, currency, version_id, amount_minor)
    SELECT t.mode = 'test', strftime('%Y-%m', NEW.end_ms / 1000, 'unixepoch'), NEW.currency,
           coalesce(line.value ->> '$.versionId', '') AS version,
           sum(CAST(line.value ->> '$.amountMinor' AS INTEGER))
    FROM tenants AS t, json_each(NEW.lines) AS line WHERE t.id = NEW.tenant GROUP BY version
    ON CONFLICT (test, month, currency, version_id) DO UPDATE
      SET amount_minor = amount_minor + excluded.amount_minor;
  INSERT INTO billed_spans (tenant, span, currency, test, amount_minor, change_minor)
    SELECT NEW.tenant,
           CASE step.kind
             WHEN 'quarter' THEN strftime('%Y-Q', first, (3 * step.n) || ' months')
               || ((strftime('%m', first, (3 * step.n) || ' months') + 2) / 3)
             WHEN 'year' THEN strftime('%Y', first, step.n || ' years')
             WHEN 'twelve' THEN strftime('%Y-%m/12', first, step.n || ' months')
             ELSE strftime('%Y-%m', first, step.n || ' months')
           END,
           NEW.currency, test,
           CASE WHEN step.n < step.length THEN NEW.net_minor ELSE 0 END,
           CASE WHEN step.n < step.length THEN NEW.net_minor ELSE -NEW.net_minor END
    FROM (
      SELECT strftime('%Y-%m-01', NEW.end_ms / 1000, 'unixepoch') AS first, mode = 'test' AS test
      FROM tenants WHERE id = NEW.tenant AND NEW.net_minor <> 0
    ) CROSS JOIN (
      SELECT 'twelve' AS kind, 12 AS length, value AS n
        FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23]')
      UNION ALL SELECT kind.value, 1, n.value
        FROM json_each('["month","quarter","year"]') AS kind, json_each('[0,1]') AS n
    ) AS step WHERE true
    ON CONFLICT (tenant, span, currency) DO UPDATE
      SET amount_minor = amount_minor + excluded.amount_minor,
          change_minor = change_minor + excluded.change_minor;
END;
INSERT INTO billed_spans (tenant, span, currency, test, amount_minor, change_minor)
  SELECT tenant,
         CASE step.kind
           WHEN 'quarter' THEN strftime('%Y-Q', first, (3 * step.n) || ' months')
             || ((strftime('%m', first, (3 * step.n) || ' months') + 2) / 3)
           WHEN 'year' THEN strftime('%Y', first, step.n || ' years')
           WHEN 'twelve' THEN strftime('%Y-%m/12', first, step.n || ' months')
           ELSE strftime('%Y-%m', first, step.n || ' months')
         END AS span,
         currency, test,
         sum(CASE WHEN step.n < step.length THEN billed ELSE 0 END),
         sum(CASE WHEN step.n < step.length THEN billed ELSE -billed END)
  FROM (
    SELECT p.tenant AS tenant, p.currency AS currency, t.mode = 'test' AS test,
           strftime('%Y-%m-01', p.end_ms / 1000, 'unixepoch') AS first, sum(p.net_minor) AS billed
    FROM periods AS p JOIN tenants AS t ON t.id = p.tenant
    WHERE p.net_minor <> 0 GROUP BY 1, 2, 3, 4
  ) CROSS JOIN (
    SELECT 'twelve' AS kind, 12 AS length, value AS n
      FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23]')
    UNION ALL SELECT kind.value, 1, n.value
      FROM json_each('["month","quarter","year"]') AS kind, json_each('[0,1]') AS n
  ) AS step
  GROUP BY tenant, span, currency;
