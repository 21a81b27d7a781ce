/**
 * What a write changed, for its audit row: an image of the row that it is about is taken before the
 * first statement of its batch and after the last one, and the database compares both. So nothing
 * can come between, and no verb has to say what it changed.
 */
import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { type Around, standAround } from "../../platform/db/around.ts";
import { columnNames, renderedSql } from "../../platform/db/sql.ts";
import { audit, auditImages } from "../store/table.ts";

/** A row that entries of the log are about. */
export type Subject = {
  table: SQLiteTable;
  /** The column that an entry's target names, or what `id` says. */
  by: SQLiteColumn;
  /** Says whose it is, where `by` names one in each tenant. */
  whose?: SQLiteColumn;
  /** The only columns that are shown; else all but secrets, and what changes with every write. */
  only?: readonly SQLiteColumn[];
  /** Columns that are not shown either. */
  without?: readonly SQLiteColumn[];
  /** What other tables say of it: a JSON value by its name. */
  more?: Readonly<Record<string, SQL>>;
  /** The row, where it is not the target. */
  id?: (entry: Named) => string;
};

/** What of an entry names its row. */
export type Named = {
  target: string;
  detail?: Record<string, unknown>;
  answer?: { made?: string };
};

/** Never shown: secrets in any form, and what says nothing but that something was written. */
const UNSHOWN = /(^|_)(hash|sealed|secret|token|search|search_folded|revision|updated_ms)$/;
/** Characters of a field, and of all fields together; what is longer is cut, and says so. */
const FIELD_LENGTH = 2_000;
const CHANGE_LENGTH = 8_000;
/** A function takes 32 arguments: so many fields at once. */
const FIELDS_AT_ONCE = 15;

const { placeholder } = sql;
type Names = "audit" | "also" | "id" | "tenant";
type Comparing = {
  before: ReturnType<typeof renderedSql<Names>>;
  after: ReturnType<typeof renderedSql<Names>>;
};

const comparing = new WeakMap<Subject, Comparing>();
const DROP = renderedSql<Names>(
  sql`DELETE FROM ${auditImages} WHERE ${auditImages.id} = ${placeholder("audit")}`,
);

/** Has the batch of an audit row, or of two alike, keep what it changes of a subject's row. */
export function compareAround(
  db: D1Database,
  made: D1PreparedStatement,
  subject: Subject,
  row: { ids: readonly string[]; id: string; tenant: string },
): D1PreparedStatement {
  const [audit = "", also = ""] = row.ids;
  const values = { audit, also, id: row.id, tenant: row.tenant };
  const { before, after } = comparingOf(subject);
  const whole: Around = {
    first: [before(db, values)],
    last: [after(db, values), DROP(db, values)],
  };
  return standAround(made, whole);
}

function comparingOf(subject: Subject): Comparing {
  const known = comparing.get(subject);
  if (known) return known;
  const made = { before: renderedSql<Names>(beforeOf(subject)), after: afterOf(subject) };
  comparing.set(subject, made);
  return made;
}

function beforeOf(subject: Subject): SQL {
  const columns = columnNames(auditImages.id, auditImages.image);
  return sql`INSERT INTO ${auditImages} (${columns})
    SELECT ${placeholder("audit")}, ${imageOf(subject)} ${fromRow(subject)}`;
}

function afterOf(subject: Subject): Comparing["after"] {
  const { id, image } = auditImages;
  const set = (side: "was" | "became") => sql`(
    SELECT CASE WHEN ${sql.raw(side)} IS NOT NULL THEN ${changesOf(side)} END FROM images)`;
  return renderedSql<Names>(sql`
    WITH images (was, became) AS MATERIALIZED (
      SELECT (SELECT ${image} FROM ${auditImages} WHERE ${id} = ${placeholder("audit")}),
             (SELECT ${imageOf(subject)} ${fromRow(subject)})),
    fields (name, was, became) AS (
      SELECT field.key, images.was -> field.fullkey, images.became -> field.fullkey
      FROM images, json_each(images.was) AS field
      UNION ALL
      SELECT field.key, NULL, images.became -> field.fullkey
      FROM images, json_each(images.became) AS field
      WHERE images.was IS NULL OR images.was -> field.fullkey IS NULL),
    changed AS MATERIALIZED (SELECT name, was, became FROM fields WHERE was IS NOT became)
    UPDATE ${audit}
    SET ${columnNames(audit.before)} = ${set("was")}, ${columnNames(audit.after)} = ${set("became")}
    WHERE ${audit.id} IN (${placeholder("audit")}, ${placeholder("also")})`);
}

/** One side of all fields that changed; of too much only their names and lengths. */
function changesOf(side: "was" | "became"): SQL {
  const value = sql.raw(side);
  return sql`(SELECT CASE WHEN total(length(${value})) <= ${sql.raw(String(CHANGE_LENGTH))}
    THEN json_group_object(name, json(coalesce(${value}, 'null')))
    ELSE json_group_object(name, 'cut: ' || coalesce(length(${value}), 0) || ' characters') END
    FROM changed)`;
}

function fromRow({ table, by, whose }: Subject): SQL {
  const own = whose ? sql` AND ${whose} = ${placeholder("tenant")}` : sql``;
  return sql`FROM ${table} WHERE ${by} = ${placeholder("id")}${own}`;
}

/** A row as a JSON object, its fields named as they are stored. */
function imageOf({ table, only, without = [], more = {} }: Subject): SQL {
  const shown: readonly SQLiteColumn[] =
    only ??
    Object.values(getTableColumns(table) as Record<string, SQLiteColumn>).filter(
      (column) => !UNSHOWN.test(column.name) && !without.includes(column),
    );
  const fields = [
    ...shown.map((column) => sql`${quoted(column.name)}, ${fieldOf(column)}`),
    ...Object.entries(more).map(([name, value]) => sql`${quoted(name)}, ${jsonOf(value)}`),
  ];
  const parts: SQL[] = [];
  for (let i = 0; i < fields.length; i += FIELDS_AT_ONCE) {
    const some = sql.join(fields.slice(i, i + FIELDS_AT_ONCE), sql`, `);
    parts.push(sql`json_object(${some})`);
  }
  return parts.reduce((all, part) => sql`json_patch(${all}, ${part})`);
}

function quoted(name: string): SQL {
  return sql.raw(`'${name}'`);
}

function fieldOf(column: SQLiteColumn): SQL {
  if (column.dataType === "boolean") {
    return sql`CASE ${column} WHEN 1 THEN json('true') WHEN 0 THEN json('false') END`;
  }
  if (column.dataType === "json") return jsonOf(sql`${column}`);
  return column.dataType === "string" ? cut(sql`${column}`) : sql`${column}`;
}

/** JSON as it is, where it is short enough and any. */
function jsonOf(value: SQL): SQL {
  const most = sql.raw(String(FIELD_LENGTH));
  return sql`CASE WHEN length(${value}) <= ${most} AND json_valid(${value})
    THEN json(${value}) ELSE ${cut(value)} END`;
}

function cut(value: SQL): SQL {
  const most = sql.raw(String(FIELD_LENGTH));
  return sql`CASE WHEN length(${value}) <= ${most} THEN ${value}
    ELSE substr(${value}, 1, ${most}) || '… (cut: ' || length(${value}) || ' characters)' END`;
}
