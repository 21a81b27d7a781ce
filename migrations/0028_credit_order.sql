-- What of the same kind was spent of a period before each use: what purchased credit still pays is
-- then said by its own row, where it was a sum over all uses of the period.
ALTER TABLE credit_uses ADD COLUMN before_minor INTEGER NOT NULL DEFAULT 0;

UPDATE credit_uses SET before_minor = ordered.before_minor
FROM (
  SELECT uses.credit_id, uses.period_id,
    coalesce(sum(uses.amount_minor) OVER (
      PARTITION BY uses.period_id, credits.kind
      ORDER BY coalesce(credits.expires_ms, 9e15), credits.created_ms, credits.rowid
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before_minor
  FROM credit_uses AS uses JOIN credits ON credits.id = uses.credit_id
) AS ordered
WHERE ordered.credit_id = credit_uses.credit_id AND ordered.period_id = credit_uses.period_id;
