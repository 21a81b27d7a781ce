/** How many documents there are by status, and what they come to: read, not counted. */
import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { MOST_COUNTED } from "../../platform/db/bounded-count.ts";
import { renderedSql, sqlStatement } from "../../platform/db/sql.ts";
import type { DocumentKind } from "../kind/registry.ts";
import type { StoredStatus } from "../kind/status.ts";
import { ofStatuses, ownedBy, type Role } from "./list-store.ts";
import { whileSearchable } from "./search-store.ts";
import type { RoleCount } from "./status-count.ts";
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

const text = (column: SQLiteColumn) => sql`CAST(sum(${column}) AS TEXT)`;
const PAST = sql`(${tallies.lastDay} <> '' AND ${tallies.lastDay} < ${sql.placeholder("today")})`;
const TALLIES = renderedSql<"viewer" | "kind" | "today">(sql`
  SELECT ${tallies.role} AS role, ${tallies.status} AS status, ${PAST} AS past,
         ${tallies.test} AS test, ${tallies.currency} AS currency,
         sum(${tallies.documents}) AS documents,
         ${text(tallies.totalHigh)} AS "totalHigh", ${text(tallies.totalLow)} AS "totalLow",
         ${text(tallies.openHigh)} AS "openHigh", ${text(tallies.openLow)} AS "openLow"
  FROM ${tallies}
  WHERE ${tallies.viewer} = ${sql.placeholder("viewer")}
    AND ${tallies.kind} = ${sql.placeholder("kind")}
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`);

/** What the triggers keep of a kind: a row for each status, role and currency. */
export async function readTallies(
  db: D1Database,
  viewer: string,
  kind: DocumentKind,
  today: string,
): Promise<Tally[]> {
  const { results: rows } = await TALLIES(db, { viewer, kind, today }).all<Kept>();
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

type Counted = Sums & { documents: number; total: string };
type Narrowed = {
  viewer: string;
  kind: DocumentKind;
  where: SQL | undefined;
  statuses: readonly StoredStatus[];
  today: string;
};

/**
 * The same for the first thousand documents of each role that a filter leaves, counted one by one;
 * `complete` says whether those are all. A role is null where `where` names what an index of its
 * own finds.
 */
export async function firstTallies(
  db: D1Database,
  { roles, ...filter }: Narrowed & { roles: readonly (Role | null)[] },
): Promise<{ tallies: Tally[]; complete: boolean }> {
  const counting = (role: Role | null) => sql`
    SELECT role, status, past, test, currency, count(*) AS documents,
           CAST(sum(total) AS TEXT) AS total
    FROM (
      SELECT CASE WHEN ${documents.issuer} = ${filter.viewer} THEN 'issuer' ELSE 'recipient' END
             AS role, ${documents.status} AS status, ${isPast(filter.today)} AS past,
             ${documents.scope} <> '' AS test, ${documents.currency} AS currency,
             ${documents.totalMinor} AS total
      FROM ${documents}
      WHERE ${and(
        left(filter, role),
        role === null ? undefined : inArray(documents.status, [...filter.statuses]),
      )}
      LIMIT ${MOST_COUNTED + 1}
    ) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`;
  const statements = roles.map((role) => sqlStatement(db, counting(role)));
  const results = await whileSearchable(db.batch<Counted>(statements));
  const sets = results.map(({ results: rows }) => rows);
  const complete = sets.every((rows) => sumOf(rows) <= MOST_COUNTED);
  return { complete, tallies: sets.flat().map(tallyOf) };
}

/** What a filter leaves in a role: what its documents come to, or how many each status has. */
export type RoleTallies = { complete: true; tallies: Tally[] } | (RoleCount & { complete: false });

/** Of sums; or without a total how many a status has, and of how many the last day is over. */
type RoleRow = Omit<Counted, "role" | "total"> & { total: string | null };

/**
 * The documents of each role that a filter by days leaves: their tallies where they are a thousand
 * at most, else how many each status has, which an index tells without a row of the table. Of what
 * is open or pending rows are read even then, since only they say whether the day is over.
 */
export async function tallyRoles(
  db: D1Database,
  { roles, ...filter }: Narrowed & { roles: readonly Role[] },
): Promise<RoleTallies[]> {
  const statements = roles.map((role) => sqlStatement(db, roleQuery(filter, role)));
  const results = await db.batch<RoleRow>(statements);
  return roles.map((role, i): RoleTallies => {
    const rows = results[i]?.results ?? [];
    const statuses = rows
      .filter(({ total }) => total === null)
      .map(({ status, past, documents: n }) => ({ status, documents: n, past }));
    if (statuses.length > 0) return { complete: false, role, statuses };
    const tallies = rows.map(({ total, ...row }) => tallyOf({ ...row, role, total: total ?? "0" }));
    return { complete: true, tallies };
  });
}

function roleQuery(filter: Narrowed, role: Role): SQL {
  const which = left(filter, role);
  const all = JSON.stringify(filter.statuses);
  const bound = MOST_COUNTED + 1;
  const past = isPast(filter.today);
  const ofOne = ofStatuses(sql`json_array(each.value)`, role);
  return sql`
    WITH counted (status, n) AS MATERIALIZED (
      SELECT each.value, (SELECT count(*) FROM (SELECT 1 FROM ${ofOne} AND ${which} LIMIT ${bound}))
      FROM json_each(${all}) AS each
    ), few (yes) AS MATERIALIZED (SELECT sum(n) <= ${MOST_COUNTED} FROM counted)
    SELECT each.status AS status, iif(each.status IN ('open', 'pending'), (
        SELECT sum(past) FROM (SELECT ${past} AS past
          FROM ${ofStatuses(sql`json_array(each.status)`, role)} AND ${which} LIMIT ${bound})
      ), 0) AS past, 0 AS test, '' AS currency, each.n AS documents, NULL AS total
    FROM counted AS each WHERE each.n > 0 AND NOT (SELECT yes FROM few)
    UNION ALL
    SELECT ${documents.status}, ${past} AS past, ${documents.scope} <> '' AS test,
      ${documents.currency}, count(*), CAST(sum(${documents.totalMinor}) AS TEXT)
    FROM ${ofStatuses(sql`iif((SELECT yes FROM few), ${all}, '[]')`, role)} AND ${which}
    GROUP BY ${documents.status}, 2, 3, ${documents.currency}`;
}

/** Whether the last day of what is open or pending is over. */
function isPast(today: string): SQL {
  return sql`(${documents.status} IN ('open', 'pending')
    AND ${lastDayKey(documents)} <> '' AND ${lastDayKey(documents)} < ${today})`;
}

/** What a filter leaves in a role, in every status. */
function left({ viewer, kind, where }: Narrowed, role: Role | null): SQL | undefined {
  return and(eq(documents.kind, kind), ownedBy(viewer, role), where);
}

function tallyOf(row: Counted): Tally {
  const { documents: n, total } = row;
  return { ...plain(row), documents: n, totalMinor: BigInt(total), openMinor: null };
}

function sumOf(rows: readonly { documents: number }[]): number {
  return rows.reduce((sum, { documents: n }) => sum + n, 0);
}
