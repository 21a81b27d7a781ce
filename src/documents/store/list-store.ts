/**
 * Pages of documents in an order that an index has. A page is read as branches: what a tenant
 * issued and what it received, and where the order asks for it each status by itself; each branch
 * walks one index for at most a page, and the pages are merged.
 */
import { and, eq, inArray, isNotNull, type SQL, sql } from "drizzle-orm";
import { eachOf, orm } from "../../platform/db/db.ts";
import { sqlStatement } from "../../platform/db/sql.ts";
import type { SortKey } from "../../platform/http/sorted.ts";
import type { DocumentKind } from "../kind/registry.ts";
import { STATUSES, type StoredStatus } from "../kind/status.ts";
import { SUMMARY_COLUMNS, type Summary } from "./row.ts";
import { whileSearchable } from "./search-store.ts";
import { customers, documents, issueKey, lastDayKey } from "./table.ts";

export type Role = "issuer" | "recipient";

/** What lists are sorted by; the id comes last, so that no two documents have the same place. */
const SORT_KEYS = {
  created: [sql`${documents.id}`],
  issued: [issueKey(documents), sql`${documents.id}`],
  due: [lastDayKey(documents), sql`${documents.id}`],
  total: [sql`${documents.currency}`, sql`${documents.totalMinor}`, sql`${documents.id}`],
} as const satisfies Record<string, readonly SQL[]>;

export type SortName = keyof typeof SORT_KEYS;
export const SORT_NAMES = Object.keys(SORT_KEYS) as [SortName, ...SortName[]];

/** How many values a place in this order has. */
export function keyLength(sort: SortName): number {
  return SORT_KEYS[sort].length;
}

/** A part of a list that one index holds in order; null stands for both, or all. */
export type Branch = { role: Role | null; status: StoredStatus | null };

/** Days of issue that a list is narrowed to, both included; a draft has none. */
export type Days = { from: string | undefined; to: string | undefined };

/** The condition that a document was issued on some days, of the key that says when it was. */
export function issuedOn({ from, to }: Days, key: SQL = issueKey(documents)): SQL | undefined {
  return and(
    from === undefined ? undefined : sql`${key} >= ${from}`,
    to === undefined ? undefined : sql`${key} > '' AND ${key} <= ${to}`,
  );
}

export type SortedFilter = {
  viewer: string;
  kind: DocumentKind;
  branches: readonly Branch[];
  where: SQL | undefined;
  /** Days of issue beside it; none where something else narrows the list. */
  days: Days | null;
  sort: SortName;
  descending: boolean;
  /** The place behind which the page begins, in the direction of `descending`. */
  behind: SortKey | null;
  limit: number;
};

type Placed = { id: string; key: SortKey };

/** The places of at most `limit` documents in the order that is asked for. */
export async function placesOf(db: D1Database, filter: SortedFilter): Promise<Placed[]> {
  const { branches, descending, limit } = filter;
  if (branches.length === 0) return [];
  const ranges = rangesOf(filter);
  const statements = branches.flatMap((branch) =>
    ranges.map((range) => sqlStatement(db, branchQuery(filter, branch, range))),
  );
  const results = await whileSearchable(db.batch<Record<string, string | number>>(statements));
  const places = results.flatMap(({ results: rows }) => rows.map(placeOf));
  places.sort((a, b) => (descending ? -1 : 1) * compareKeys(a.key, b.key));
  return places.slice(0, limit);
}

function placeOf(row: Record<string, string | number>): Placed {
  const key = Object.values(row);
  return { id: String(key.at(-1)), key };
}

function branchQuery(filter: SortedFilter, branch: Branch, { behind, by }: Range): SQL {
  const { viewer, kind, where, days, sort, descending, limit } = filter;
  const { role, status } = branch;
  const keys = SORT_KEYS[sort];
  const direction = descending ? sql`DESC` : sql`ASC`;
  const columns = sql.join(
    keys.map((key, i) => sql`${key} AS ${sql.identifier(`k${i}`)}`),
    sql`, `,
  );
  const order = sql.join(
    by.map((key) => sql`${key} ${direction}`),
    sql`, `,
  );
  const left = and(eq(documents.kind, kind), ownedBy(viewer, role), where, behind);
  const ofStatus = status === null ? undefined : eq(documents.status, status);
  const walk = (on: SQL | undefined) => sql`SELECT ${columns} FROM ${documents}
    WHERE ${and(left, ofStatus, on)} ORDER BY ${order}`;
  if (days === null || role === null) return sql`${walk(undefined)} LIMIT ${limit}`;
  if (sort === "issued") return sql`${walk(issuedOn(days))} LIMIT ${limit}`;
  // With a plus, so that it is not looked for by the day.
  const walked = walk(issuedOn(days, sql`+${issueKey(documents)}`));
  const statuses = status === null ? STATUSES : [status];
  const found = ofStatuses(JSON.stringify(statuses), role);
  const ofDays = and(eq(documents.kind, kind), keyOf(viewer, role), issuedOn(days));
  const place = sql.join(
    keys.map((_, i) => sql`${sql.identifier(`k${i}`)} ${direction}`),
    sql`, `,
  );
  return sql`
    WITH issued (n) AS MATERIALIZED (SELECT count(*) FROM (
      SELECT 1 FROM ${found} AND ${ofDays} LIMIT ${MOST_SORTED + 1}))
    SELECT * FROM (${walked} LIMIT iif((SELECT n FROM issued) > ${MOST_SORTED}, ${limit}, 0))
    UNION ALL
    SELECT * FROM (SELECT * FROM (
      SELECT ${columns} FROM ${found} AND ${and(left, issuedOn(days))}
      LIMIT iif((SELECT n FROM issued) > ${MOST_SORTED}, 0, ${MOST_SORTED}))
    ORDER BY ${place} LIMIT ${limit})`;
}

/**
 * How many documents of some days are read and sorted; where more were issued, the list's order is
 * walked past those of other days.
 */
const MOST_SORTED = 1_000;

/**
 * Documents of some statuses, which are a JSON array, by their days of issue: each status is looked
 * for by itself, since the index begins with it.
 */
export function ofStatuses(statuses: string | SQL, role: Role): SQL {
  const index = role === "issuer" ? "documents_by_issue" : "documents_received_by_issue";
  return sql`json_each(${statuses}) AS asked
    CROSS JOIN ${documents} INDEXED BY ${sql.identifier(index)}
      ON ${documents.status} = asked.value`;
}

/** What lies behind a place, and what is then left to sort by. */
type Range = { behind: SQL | undefined; by: readonly SQL[] };

/**
 * The ranges of an index that lie behind a place. SQLite finds the range of a comparison of rows
 * only where they begin with a column: what begins with an expression is two ranges, the rest of
 * the same value and the values behind it.
 */
function rangesOf({ sort, descending, behind }: SortedFilter): Range[] {
  const keys = SORT_KEYS[sort];
  if (behind === null) return [{ behind: undefined, by: keys }];
  const than = descending ? sql`<` : sql`>`;
  const [value = "", id = ""] = behind;
  if (sort === "issued" || sort === "due") {
    const [first] = SORT_KEYS[sort];
    const ofSame = sql`${first} = ${value} AND ${documents.id} ${than} ${id}`;
    return [
      { behind: ofSame, by: [sql`${documents.id}`] },
      { behind: sql`${first} ${than} ${value}`, by: keys },
    ];
  }
  const values = behind.map((one) => sql`${one}`);
  const row = sql`(${sql.join([...keys], sql`, `)}) ${than} (${sql.join(values, sql`, `)})`;
  return [{ behind: row, by: keys }];
}

/**
 * Whose documents they are. Without a role something else narrows the list, and a plus keeps SQLite
 * from reading all that the tenant ever issued or received instead.
 */
export function ownedBy(viewer: string, role: Role | null): SQL | undefined {
  // One that a tenant issued to itself is among those it issued.
  const isOthers = role === "recipient" ? sql`${documents.issuer} <> ${viewer}` : undefined;
  if (role !== null) return and(keyOf(viewer, role), isOthers);
  return sql`(+${documents.issuer} = ${viewer}
    OR (+${documents.recipient} = ${viewer} AND ${documents.number} IS NOT NULL))`;
}

/** What the indexes of a role begin with. */
function keyOf(viewer: string, role: Role): SQL | undefined {
  if (role === "issuer") return eq(documents.issuer, viewer);
  return and(eq(documents.recipient, viewer), isNotNull(documents.number));
}

/** Which of what is found without a role stands in one. */
export function isIn(viewer: string, role: Role): SQL {
  return role === "issuer"
    ? sql`+${documents.issuer} = ${viewer}`
    : sql`+${documents.issuer} <> ${viewer}`;
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [i, value] of a.entries()) {
    const other = b[i];
    if (value === other || other === undefined) continue;
    return value < other ? -1 : 1;
  }
  return 0;
}

const SUMMARY = {
  ...(Object.fromEntries(SUMMARY_COLUMNS.map((name) => [name, documents[name]])) as Pick<
    typeof documents,
    (typeof SUMMARY_COLUMNS)[number]
  >),
  // A final document keeps the name that its buyer had.
  customerName: sql<string>`coalesce(json_extract(${documents.buyer}, '$.party.name'),
    ${customers.name})`,
  sellerName: sql<string | null>`json_extract(${documents.seller}, '$.party.name')`,
};

/** Summaries of documents in the order of `ids`; those that are gone are left out. */
export async function readSummaries(db: D1Database, ids: readonly string[]): Promise<Summary[]> {
  if (ids.length === 0) return [];
  const rows = await orm(db)
    .select(SUMMARY)
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(inArray(documents.id, eachOf(ids)));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
