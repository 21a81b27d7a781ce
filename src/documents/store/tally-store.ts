/** How many documents there are by status, and what they come to: read, not counted. */
import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { orm } from "../../platform/db/db.ts";
import { sqlStatement } from "../../platform/db/sql.ts";
import type { DocumentKind } from "../kind/registry.ts";
import type { StoredStatus } from "../kind/status.ts";
import { ownedBy, type Role } from "./list-store.ts";
import { whileSearchable } from "./search-store.ts";
import { documents, lastDayKey, documentTallies as tallies } from "./table.ts";

/** Documents of one status, role and currency. */
export type Tally = {
  role: Role;
  status: StoredStatus;
  /** Its last day is over. */
  past: boolean;
  test: boolean;
  currency: string;
  documents: number;
  totalMinor: bigint;
  /** What is still to be paid of those that are open; null where they were counted. */
  openMinor: bigint | null;
};

type Sums = { role: Role; status: StoredStatus; past: number; test: number; currency: string };
type Kept = Sums & {
  documents: number;
  totalHigh: string;
  totalLow: string;
  openHigh: string;
  openLow: string;
};

const BILLION = 1_000_000_000n;

/** What the triggers keep of a kind: a row for each status, role and currency. */
export async function readTallies(
  db: D1Database,
  viewer: string,
  kind: DocumentKind,
  today: string,
): Promise<Tally[]> {
  const text = (column: SQLiteColumn) => sql`CAST(sum(${column}) AS TEXT)`;
  const past = sql`(${tallies.lastDay} <> '' AND ${tallies.lastDay} < ${today})`;
  const rows = await orm(db).all<Kept>(sql`
    SELECT ${tallies.role} AS role, ${tallies.status} AS status, ${past} AS past,
           ${tallies.test} AS test, ${tallies.currency} AS currency,
           sum(${tallies.documents}) AS documents,
           ${text(tallies.totalHigh)} AS "totalHigh", ${text(tallies.totalLow)} AS "totalLow",
           ${text(tallies.openHigh)} AS "openHigh", ${text(tallies.openLow)} AS "openLow"
    FROM ${tallies} WHERE ${tallies.viewer} = ${viewer} AND ${tallies.kind} = ${kind}
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`);
  return rows
    .filter((row) => row.documents > 0)
    .map((row) => ({
      ...plain(row),
      documents: row.documents,
      totalMinor: BigInt(row.totalHigh) * BILLION + BigInt(row.totalLow),
      openMinor: BigInt(row.openHigh) * BILLION + BigInt(row.openLow),
    }));
}

type Plain = Pick<Tally, "role" | "status" | "past" | "test" | "currency">;

function plain({ role, status, past, test, currency }: Sums): Plain {
  return { role, status, past: past === 1, test: test === 1, currency };
}

/** How many documents are counted one by one at most. */
export const MOST_COUNTED = 1_000;

type Counted = Sums & { documents: number; total: string };
type Narrowed = {
  viewer: string;
  kind: DocumentKind;
  where: SQL | undefined;
  /** Null where `where` names what an index of its own finds. */
  roles: readonly (Role | null)[];
  statuses: readonly StoredStatus[];
  today: string;
};

/**
 * The same for what a filter leaves, counted among at most a thousand documents of each role;
 * `complete` says whether those are all.
 */
export async function countNarrowed(
  db: D1Database,
  { viewer, kind, where, roles, statuses, today }: Narrowed,
): Promise<{ tallies: Tally[]; complete: boolean }> {
  const past = sql`(${documents.status} IN ('open', 'pending')
    AND ${lastDayKey(documents)} <> '' AND ${lastDayKey(documents)} < ${today})`;
  const counting = (role: Role | null) => sql`
    SELECT role, status, past, test, currency, count(*) AS documents,
           CAST(sum(total) AS TEXT) AS total
    FROM (
      SELECT CASE WHEN ${documents.issuer} = ${viewer} THEN 'issuer' ELSE 'recipient' END AS role,
             ${documents.status} AS status, ${past} AS past, ${documents.scope} <> '' AS test,
             ${documents.currency} AS currency, ${documents.totalMinor} AS total
      FROM ${documents}
      WHERE ${and(
        eq(documents.kind, kind),
        ownedBy(viewer, role),
        role === null ? undefined : inArray(documents.status, [...statuses]),
        where,
      )}
      LIMIT ${MOST_COUNTED + 1}
    ) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`;
  const statements = roles.map((role) => sqlStatement(db, counting(role)));
  const results = await whileSearchable(db.batch<Counted>(statements));
  const sets = results.map(({ results: rows }) => rows);
  const complete = sets.every((rows) => sumOf(rows) <= MOST_COUNTED);
  return {
    complete,
    tallies: sets.flat().map((row) => ({
      ...plain(row),
      documents: row.documents,
      totalMinor: BigInt(row.total),
      openMinor: null,
    })),
  };
}

function sumOf(rows: readonly { documents: number }[]): number {
  return rows.reduce((sum, { documents: n }) => sum + n, 0);
}
