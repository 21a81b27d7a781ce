/**
 * Copying a tenant's usage from one ledger to another, a page of a table at a time. A page is read
 * back once it is written, and compared; it may be written again at any time. All tables of the
 * ledger are copied, by their declarations, but for the watermark, which is the move's own.
 */
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { rowsOfValues } from "../../core/rows.ts";
import {
  forgottenObjects,
  rollupLevel,
  rollupTenant,
  rollupValues,
  segmentQuarters,
  seriesBlocks,
  usageAlerts,
  usageArchives,
  usageErasures,
  usageFrozen,
  usageFrozenParts,
  usageSegments,
  usageVoids,
} from "../ledger/table.ts";

/** What of a table came after a watermark of events (?2) or series (?3), or in quarters (?4). */
const SINCE: readonly [SQLiteTable, string][] = [
  [usageSegments, "high > ?2"],
  [segmentQuarters, "high > ?2"],
  [seriesBlocks, "high > ?3"],
  [usageAlerts, "(event_seq IS NULL OR event_seq > ?2)"],
  [usageVoids, "void_seq > ?2"],
  [usageFrozen, "1"],
  [usageFrozenParts, "1"],
  [usageArchives, "1"],
  // Sums change in the quarter-hours that a later segment has events of, and in no others.
  [rollupTenant, "quarter IN (SELECT value FROM json_each(?4))"],
  [rollupLevel, "quarter IN (SELECT value FROM json_each(?4))"],
  [rollupValues, "quarter IN (SELECT value FROM json_each(?4))"],
  [forgottenObjects, "1"],
  [usageErasures, "1"],
];

/** What the sweep deletes from at any time, in either ledger: no comparison of both holds. */
const SWEPT: readonly SQLiteTable[] = [forgottenObjects];

/** Rows of a page at most, and bytes but for a first one that is larger. */
const PAGE_ROWS = 1_000;
const PAGE_BYTES = 2_000_000;

type Table = {
  name: string;
  key: string[];
  /** Each column as it is read, and as a value of a JSON array is written to it. */
  read: string[];
  columns: string[];
  write: string[];
  size: string;
  sums: string[];
  since: string;
  /** True where rows that the other side no longer has must go: sums, which voids add up anew. */
  isSum: boolean;
  isSwept: boolean;
};

const TABLES: readonly Table[] = SINCE.map(([declared, since]) => {
  const { name, columns, primaryKeys } = getTableConfig(declared);
  const ownKey = columns.filter((column) => column.primary);
  const key = (primaryKeys[0]?.columns ?? ownKey).map((column) => column.name);
  const others = columns.filter((column) => column.name !== "tenant");
  const isBlob = (type: string) => type === "blob";
  // A total can exceed what a JavaScript number holds: it crosses as text.
  const isWide = (column: string) => column === "total";
  return {
    name,
    key: key.filter((column) => column !== "tenant"),
    columns: others.map((column) => column.name),
    read: others.map((of) => {
      const column = of.name;
      if (isBlob(of.getSQLType())) return `hex(${column}) AS ${column}`;
      return isWide(column) ? `CAST(${column} AS TEXT) AS ${column}` : column;
    }),
    write: others.map((of, i) => {
      if (isBlob(of.getSQLType())) return `unhex(value->>${i})`;
      return isWide(of.name) ? `CAST(value->>${i} AS INTEGER)` : `value->>${i}`;
    }),
    size: others
      .filter((column) => /blob|text/.test(column.getSQLType()))
      .map((column) => `coalesce(octet_length(${column.name}), 0)`)
      .concat("50")
      .join(" + "),
    sums: others.flatMap((of) => {
      const column = of.name;
      // A segment may be compacted on one side alone: its body is the same, in a file.
      if (name === "usage_segments" && /^(?:object_|body)/.test(column)) return [];
      if (of.getSQLType() !== "integer") return [`sum(octet_length(${column}))`];
      // In parts, so that no sum passes 64 bits.
      return ["", " / 1000003", " / 1000006000009"].map(
        (part) => `sum(${column}${part} % 1000003)`,
      );
    }),
    since,
    isSum: since.includes("?4"),
    isSwept: SWEPT.includes(declared),
  };
});

const LASTING = TABLES.filter(({ isSwept }) => !isSwept);

/** How many tables there are to copy. */
export const TABLE_COUNT = TABLES.length;

/** From one ledger to another. */
export type Route = { tenant: string; from: D1Database; to: D1Database };

/** What a pass copies: all (`null`), or what came after these watermarks. */
export type Since = { upTo: number; seriesUpTo: number } | null;

/** Where a pass goes on: a table, and the key of its last row that is copied. */
export type Place = { table: number; after: (string | number)[] | null };

type Row = Record<string, string | number | null>;

async function ask(db: D1Database, sql: string, values: unknown[]): Promise<Row[]> {
  const [result] = await db.batch<Row>([db.prepare(sql).bind(...values)]);
  return result?.results ?? [];
}

/** What a tenant's row of a ledger's watermarks says; all zero where it has none. */
export async function marksAt(
  db: D1Database,
  tenant: string,
): Promise<{ upTo: number; seriesUpTo: number; fenced: number; isThere: boolean }> {
  const sql = `SELECT up_to AS upTo, series_up_to AS seriesUpTo, fenced FROM usage_watermarks
    WHERE tenant = ?`;
  const [row] = await ask(db, sql, [tenant]);
  return {
    upTo: Number(row?.upTo ?? 0),
    seriesUpTo: Number(row?.seriesUpTo ?? 0),
    fenced: Number(row?.fenced ?? 0),
    isThere: row !== undefined,
  };
}

/**
 * Copies the next page; answers how many rows, and where the pass goes on, null at its end. Errors:
 * where what was written is not what was read.
 */
export async function copyPage(
  { tenant, from, to }: Route,
  since: Since,
  place: Place,
): Promise<{ rows: number; next: Place | null }> {
  const table = TABLES[place.table] as Table;
  const { name, key, columns, read, write, size, isSum, isSwept } = table;
  const { filter, values } = await filterOf(from, tenant, table, since);
  const keys = key.join(", ");
  const n = values.length + 1;
  const marks = (at: number) => key.map((_, i) => `?${at + i}`).join(", ");
  const behind = place.after === null ? "" : `AND (${keys}) > (${marks(n)})`;
  const after = place.after ?? [];
  const sizes = await ask(
    from,
    `SELECT ${keys}, ${size} AS bytes FROM ${name}
     WHERE tenant = ?1 AND ${filter} ${behind} ORDER BY ${keys} LIMIT ${PAGE_ROWS}`,
    [...values, ...after],
  );
  if (place.after === null && isSum && since !== null) {
    const gone = `DELETE FROM ${name} WHERE tenant = ?1 AND ${filter}`;
    await to.batch([to.prepare(gone).bind(...values)]);
  }
  const last = sizes[pageEnd(sizes)];
  if (!last) return { rows: 0, next: nextTable(place.table) };
  const end = key.map((column) => last[column] as string | number);
  const page = `SELECT ${read.join(", ")} FROM ${name} WHERE tenant = ?1 AND ${filter}
    ${behind} AND (${keys}) <= (${marks(n + after.length)}) ORDER BY ${keys}`;
  const bound = [...values, ...after, ...end];
  const rows = await ask(from, page, bound);
  const insert = `INSERT OR REPLACE INTO ${name} (tenant, ${columns.join(", ")})
    SELECT ?1, ${write.join(", ")} FROM json_each(?2)`;
  const texts = rowsOfValues(rows.map((row) => columns.map((column) => row[column] ?? null)));
  await to.batch(texts.map((text) => to.prepare(insert).bind(tenant, text)));
  const written = isSwept ? rows : await ask(to, page, bound);
  if (JSON.stringify(written) !== JSON.stringify(rows)) {
    throw new Error(`${name} of ${tenant} was not written as it was read`);
  }
  return { rows: rows.length, next: { table: place.table, after: end } };
}

function nextTable(table: number): Place | null {
  return table + 1 < TABLE_COUNT ? { table: table + 1, after: null } : null;
}

/** The last of the rows that are a page. */
function pageEnd(sizes: readonly Row[]): number {
  let bytes = 0;
  const over = sizes.findIndex((row, i) => {
    bytes += Number(row.bytes);
    return i > 0 && bytes > PAGE_BYTES;
  });
  return over < 0 ? sizes.length - 1 : over - 1;
}

/** The condition of a pass, and what it binds. */
async function filterOf(
  from: D1Database,
  tenant: string,
  { since: later, isSum }: Table,
  since: Since,
): Promise<{ filter: string; values: unknown[] }> {
  if (since === null) return { filter: "1", values: [tenant] };
  const values: unknown[] = [tenant, since.upTo, since.seriesUpTo];
  // Numbered parameters must all be bound, used or not.
  const filter = `${later} AND ?2 IS NOT NULL AND ?3 IS NOT NULL`;
  if (!isSum) return { filter, values };
  const touched = await ask(
    from,
    "SELECT DISTINCT quarter FROM segment_quarters WHERE tenant = ?1 AND high > ?2",
    [tenant, since.upTo],
  );
  return { filter, values: [...values, JSON.stringify(touched.map(({ quarter }) => quarter))] };
}

/** Rows that one statement deletes: a segment's body may have a megabyte. */
const DELETED_ROWS = 500;
const IS_MARKED =
  "EXISTS (SELECT 1 FROM usage_watermarks WHERE tenant = ?1 AND fenced = ?2 AND up_to = ?3)";

/**
 * Deletes some of a tenant's rows of a ledger, but for its watermark and what the sweep deletes,
 * while that is as given; how many. What is late deletes nothing of what came since, and nothing
 * goes of a table that is named as `kept`.
 */
export async function forgetSome(
  db: D1Database,
  tenant: string,
  mark: { fenced: number; upTo: number },
  kept?: string,
): Promise<number> {
  const results = await db.batch(
    LASTING.filter(({ name }) => name !== kept).map(({ name, key }) => {
      const keys = key.join(", ");
      const some = `SELECT ${keys} FROM ${name} WHERE tenant = ?1 LIMIT ${DELETED_ROWS}`;
      const gone = `DELETE FROM ${name} WHERE tenant = ?1 AND (${keys}) IN (${some})`;
      return db.prepare(`${gone} AND ${IS_MARKED}`).bind(tenant, mark.fenced, mark.upTo);
    }),
  );
  return results.reduce((sum, { meta }) => sum + meta.changes, 0);
}

/**
 * What a tenant's rows of each table come to: their number, and sums over every column, by which
 * two ledgers are compared as wholes where their pages were compared row by row.
 */
export async function sumsAt(db: D1Database, tenant: string): Promise<Map<string, string>> {
  const results = await db.batch<Row>(
    LASTING.map(({ name, sums }) =>
      db.prepare(`SELECT count(*), ${sums.join(", ")} FROM ${name} WHERE tenant = ?`).bind(tenant),
    ),
  );
  return new Map(
    LASTING.map(({ name }, i) => [
      name,
      JSON.stringify(Object.values(results[i]?.results[0] ?? {})),
    ]),
  );
}
