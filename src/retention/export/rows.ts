/** Rows of any table of an export, as the database has them, and how they are put back. */
import { rowsOfValues } from "../../core/rows.ts";
import { type Child, SECRET_COLUMNS, type Section } from "./sections.ts";

/** A row by the names of its columns. */
export type Row = Record<string, string | number | null>;
/** A row with the table that it stands in: a line of an export's file. */
export type TableRow = { table: string; row: Row };

/** Columns of which JavaScript's numbers cannot hold every value. */
const EXACT: Readonly<Record<string, string>> = {
  plan_prices: "*, CAST(included_micro AS TEXT) AS included_micro",
};

function columnsOf(table: string): string {
  return EXACT[table] ?? "*";
}

/** A page of a section's rows, of the tenant `?1`, from the beginning or behind a place. */
export function pageSql({ table, scope, key, page }: Section, behind: boolean): string {
  const keys = key.join(", ");
  const marks = key.map((_, i) => `?${i + 2}`).join(", ");
  return `SELECT ${columnsOf(table)} FROM ${table}
    WHERE ${scope} ${behind ? `AND (${keys}) > (${marks})` : ""} ORDER BY ${keys} LIMIT ${page}`;
}

/** What hangs on rows, by a list of their ids. */
export function childSql({ table, parent }: Child): string {
  return `SELECT ${columnsOf(table)} FROM ${table}
    WHERE ${parent} IN (SELECT value FROM json_each(?1))`;
}

/** A page of a section's rows behind a place, each with what hangs on it. */
export async function readPage(
  db: D1Database,
  section: Section,
  tenant: string,
  after: readonly (string | number)[] | null,
): Promise<{ rows: TableRow[]; next: (string | number)[] | null }> {
  const { table, key, page, driver } = section;
  const { results } = await db
    .prepare(pageSql(section, after !== null))
    .bind(tenant, ...(after ?? []))
    .all<Row>();
  const parents = driver ? [] : results.map((row) => ({ table, row: shown(table, row) }));
  const [before, behindThem] = await Promise.all(
    [true, false].map((first) => readChildren(db, section.children, results, first)),
  );
  const last = results.at(-1);
  const next = last && results.length === page ? key.map((name) => last[name] ?? "") : null;
  return { rows: [...(before ?? []), ...parents, ...(behindThem ?? [])], next };
}

async function readChildren(
  db: D1Database,
  children: readonly Child[] = [],
  parents: readonly Row[],
  before: boolean,
): Promise<TableRow[]> {
  if (parents.length === 0) return [];
  const all: TableRow[] = [];
  for (const child of children.filter((one) => (one.before ?? false) === before)) {
    const { table, of } = child;
    const ids = JSON.stringify(parents.map((row) => row[of]));
    const { results } = await db.prepare(childSql(child)).bind(ids).all<Row>();
    all.push(...results.map((row) => ({ table, row: shown(table, row) })));
    all.push(...(await readChildren(db, child.children, results, false)));
  }
  return all;
}

/** A row without what is secret. */
function shown(table: string, row: Row): Row {
  const entries = Object.entries(row);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, SECRET_COLUMNS.has(`${table}.${name}`) ? null : value]),
  );
}

/** The columns of a table; none where there is no such table. */
export async function columnNames(db: D1Database, table: string): Promise<Set<string>> {
  if (!/^[a-z_]+$/.test(table)) return new Set();
  const { results } = await db.prepare(`PRAGMA table_info(${table})`).all<{ name: string }>();
  return new Set(results.map(({ name }) => name));
}

/** Lets rows of a batch name others that come later in it. */
export function deferKeys(db: D1Database): D1PreparedStatement {
  return db.prepare("PRAGMA defer_foreign_keys = on");
}

/** Puts rows of one table into it, those that are there already left as they are. */
export function insertRows(
  db: D1Database,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): D1PreparedStatement[] {
  const values = columns.map((_, i) => `value->>${i}`).join(", ");
  const lists = rows.map((row) => columns.map((name) => row[name] ?? null));
  return rowsOfValues(lists).map((some) =>
    db
      .prepare(
        `INSERT INTO ${table} (${columns.join(", ")})
         SELECT ${values} FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`,
      )
      .bind(some),
  );
}

/** Raises the series of numbers that another tenant's documents had, so that none comes twice. */
export function raiseSeries(
  db: D1Database,
  issuer: string,
  recipient: string,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO number_series
         (issuer, scope, kind, year, last, last_date, sealed_seq, sealed_hash)
       SELECT issuer, scope, kind, series_year, max(sequence), max(issue_date), max(sequence),
         coalesce((SELECT hash FROM document_seals WHERE document_id = documents.id), '')
       FROM documents
       WHERE recipient = ?2 AND number IS NOT NULL AND issuer = ?1
       GROUP BY issuer, scope, kind, series_year
       ON CONFLICT (issuer, scope, kind, year) DO UPDATE SET
         last = max(last, excluded.last), last_date = max(last_date, excluded.last_date)`,
    )
    .bind(issuer, recipient);
}
