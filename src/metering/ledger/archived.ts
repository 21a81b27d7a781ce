/**
 * What of a tenant's events lies in the archive, for whoever reads the ledger: it answers nothing
 * that would need them. Reads the table `usage_archives`.
 */
import { Problem } from "../../core/errors.ts";
import { QUARTER_MS } from "../../core/time.ts";

/** Half-open, by event time. */
type Range = { startMs: number; endMs: number };

/** Months that one answer names. */
const MOST_MONTHS = 24;

// Text, and built once: they stand in the batch of every read of events.
const READ_MONTHS = `
  SELECT DISTINCT month FROM usage_archives
  WHERE tenant = ?1 AND restored_until_ms IS NULL AND ts_max >= ?2 AND ts_min < ?3
  ORDER BY month LIMIT ${MOST_MONTHS}`;
const READ_QUARTERS = `
  SELECT a.month FROM json_each(?2) q CROSS JOIN usage_archives a
  WHERE a.tenant = ?1 AND a.restored_until_ms IS NULL
    AND a.ts_max >= q.value * ${QUARTER_MS} AND a.ts_min < (q.value + 1) * ${QUARTER_MS}
  LIMIT ${MOST_MONTHS}`;
const READ_SEQ = `
  SELECT month FROM usage_archives
  WHERE tenant = ?1 AND high >= ?2 AND low <= ?2 AND restored_until_ms IS NULL
    AND EXISTS (SELECT 1 FROM json_each(runs) r
      WHERE r.value->>0 <= ?2 AND r.value->>1 >= ?2)
  LIMIT 1`;

export type ArchivedRow = { month: string };

/** Reads the months of which events that may lie in a range are archived. */
export function archivedWithin(
  db: D1Database,
  tenant: string,
  { startMs, endMs }: Range,
): D1PreparedStatement {
  return db.prepare(READ_MONTHS).bind(tenant, startMs, endMs);
}

/** The same, read. */
export async function archivedMonths(
  db: D1Database,
  tenant: string,
  range: Range,
): Promise<string[]> {
  const { results } = await archivedWithin(db, tenant, range).all<ArchivedRow>();
  return results.map(({ month }) => month);
}

/** The months of which events of some quarter-hours may be archived. */
export async function archivedQuarters(
  db: D1Database,
  tenant: string,
  quarters: readonly number[],
): Promise<string[]> {
  const asked = db.prepare(READ_QUARTERS).bind(tenant, JSON.stringify(quarters));
  return (await asked.all<ArchivedRow>()).results.map(({ month }) => month);
}

/** The month in whose archive an event lies, or null. */
export async function archivedMonthOf(
  db: D1Database,
  tenant: string,
  seq: number,
): Promise<string | null> {
  const row = await db.prepare(READ_SEQ).bind(tenant, seq).first<ArchivedRow>();
  return row?.month ?? null;
}

/** Errors: 409 where events that may lie in the range are archived. */
export async function insistLive(db: D1Database, tenant: string, range: Range): Promise<void> {
  const months = await archivedMonths(db, tenant, range);
  if (months.length > 0) throw archivedProblem(months);
}

/** Errors: 409 where one of these rows names a month. */
export function insistNone(rows: readonly ArchivedRow[]): void {
  if (rows.length > 0) throw archivedProblem(rows.map(({ month }) => month));
}

/** What is said where an answer would need events that are archived. */
export function archivedProblem(months: readonly string[]): Problem {
  const named = [...new Set(months)].sort();
  const [first, last] = [named[0], named.at(-1)];
  const span = first === last ? first : `${first} to ${last}`;
  return new Problem(
    "usage.archived",
    `events of ${span} are archived: their totals by whole quarter-hours are still answered, ` +
      "without users, groups and filters; for events, ask for a later start, or have the " +
      "operator restore the month",
    { members: { archived_months: named } },
  );
}
