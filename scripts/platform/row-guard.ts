/**
 * Rows as they result: triggers on each table of a local D1 refuse one that would be too large,
 * whatever wrote it. No deployed database has them, and migrations take them away first.
 */
import { LIMITS } from "./limits.ts";

/** What the names of the triggers begin with. */
const PREFIX = "row_guard_";
/** Of a record's header, a column takes at most so many bytes. */
const HEADER_BYTES = 9;
/** Before the size and the table in the error of a trigger; it is no path of JSON. */
export const GUARD_MARK = "row-guard";

/** Full-text tables, what they are made of, and what the platform keeps for itself. */
const ORDINARY = `SELECT name FROM sqlite_schema made WHERE type = 'table'
  AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'
  AND name <> 'd1_migrations'
  AND NOT EXISTS (SELECT 1 FROM sqlite_schema owner WHERE owner.sql LIKE 'CREATE VIRTUAL%'
                  AND substr(made.name, 1, length(owner.name) + 1) = owner.name || '_')`;

type Table = { name: string; columns: string };

/** Puts a guard on every table that has none. */
export async function guardRows(db: D1Database): Promise<void> {
  const { results } = await db
    .prepare(
      // The names are read as one list: asked for each column, they took most of the time.
      `SELECT t.name,
         (SELECT json_group_array(c.name) FROM pragma_table_info(t.name) c) AS columns
       FROM (${ORDINARY}) t
       WHERE '${PREFIX}insert_' || t.name NOT IN (SELECT name FROM sqlite_schema)`,
    )
    .all<Table>();
  if (results.length === 0) return;
  await db.batch(results.flatMap((table) => guards(table).map((sql) => db.prepare(sql))));
}

/** Takes all guards away, as before a migration, which may change the columns that they read. */
export async function unguardRows(db: D1Database): Promise<void> {
  const { results } = await db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB '${PREFIX}*'`)
    .all<{ name: string }>();
  if (results.length === 0) return;
  await db.batch(results.map(({ name }) => db.prepare(`DROP TRIGGER "${name}"`)));
}

/** SQL that says how many bytes a row has at most, by its columns. */
export function rowBytes(columns: readonly string[], prefix = ""): string {
  const each = columns.map((name) => `coalesce(octet_length(${prefix}"${name}"), 0)`);
  // In groups: an expression may be a hundred levels deep.
  const groups = Array.from({ length: Math.ceil(each.length / 10) }, (_, i) =>
    each.slice(i * 10, (i + 1) * 10).join(" + "),
  );
  return `(${columns.length * HEADER_BYTES} + (${groups.join(") + (")}))`;
}

function guards({ name, columns }: Table): string[] {
  const names = JSON.parse(columns) as string[];
  const size = rowBytes(names, "NEW.");
  // json_extract fails on this key and repeats it in its error.
  const key = `'${GUARD_MARK} ' || (${size}) || ' ${name}'`;
  return ["INSERT", "UPDATE"].map(
    (event) => `CREATE TRIGGER ${PREFIX}${event.toLowerCase()}_${name} AFTER ${event} ON "${name}"
      WHEN ${size} > ${LIMITS.row.most} BEGIN SELECT json_extract('{}', ${key}); END`,
  );
}

const GUARDED = new RegExp(`${GUARD_MARK} (\\d+) (\\w+)`);

/** The row that a guard refused, from the text of the database's error; null for any other. */
export function refusedRow(error: unknown): { bytes: number; table: string } | null {
  const [, bytes, table = ""] = GUARDED.exec(String(error)) ?? [];
  return bytes === undefined ? null : { bytes: Number(bytes), table };
}
