/**
 * What a database says of its tables and what drizzle declares, in one shape, and how they differ.
 * CHECKs, triggers, WITHOUT ROWID and virtual tables are the migrations' alone.
 */
import { type Column, is, type SQL } from "drizzle-orm";
import {
  getTableConfig,
  SQLiteColumn,
  SQLiteSyncDialect,
  type SQLiteTable,
} from "drizzle-orm/sqlite-core";

export type ColumnShape = {
  name: string;
  type: string;
  notNull: boolean;
  /** The literal as SQL writes it, or null. */
  default: string | null;
};

export type IndexShape = {
  name: string;
  columns: string[];
  unique: boolean;
  /** The condition of a partial index, without quotes and table names, or null. */
  where: string | null;
};

export type TableShape = {
  name: string;
  columns: ColumnShape[];
  primaryKey: string[];
  /** The columns of each UNIQUE constraint. */
  unique: string[][];
  indexes: IndexShape[];
  /** Each as `column -> table.column`, with what a deletion does where that is not nothing. */
  references: string[];
};

type TableRow = { name: string; type: string };
type ColumnRow = {
  tableName: string;
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
  pk: number;
};
type IndexRow = {
  tableName: string;
  name: string;
  unique: number;
  origin: "c" | "u" | "pk";
  columnName: string | null;
  desc: number;
  sql: string | null;
};
type ReferenceRow = {
  tableName: string;
  from: string;
  table: string;
  to: string;
  on_delete: string;
};

/** Tables that no migration makes: SQLite's, the platform's, and the record of migrations. */
const FOREIGN = /^(sqlite_|_cf_|d1_migrations$)/;

/** The tables of a database, and the names of its virtual ones. */
export async function databaseShapes(
  db: D1Database,
): Promise<{ tables: TableShape[]; virtual: string[] }> {
  const rows = async <T>(sql: string) => (await db.prepare(sql).all<T>()).results;
  const found = await rows<TableRow>("SELECT name, type FROM pragma_table_list");
  const own = found.filter(({ name }) => !FOREIGN.test(name));
  const each = `(SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\') t`;
  const columns = await rows<ColumnRow>(
    `SELECT t.name AS tableName, c.* FROM ${each}, pragma_table_xinfo(t.name) c ORDER BY c.cid`,
  );
  const indexes = await rows<IndexRow>(
    `SELECT t.name AS tableName, i.name, i."unique", i.origin, c.name AS columnName, c."desc",
            made.sql
     FROM ${each}, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) c
     LEFT JOIN sqlite_schema made ON made.type = 'index' AND made.name = i.name
     WHERE c.key = 1 ORDER BY i.name, c.seqno`,
  );
  const references = await rows<ReferenceRow>(
    `SELECT t.name AS tableName, f.* FROM ${each}, pragma_foreign_key_list(t.name) f`,
  );
  return {
    tables: own
      .filter(({ type }) => type === "table")
      .map(({ name }) => ({
        name,
        ...columnsOf(columns.filter(({ tableName }) => tableName === name)),
        ...indexesOf(indexes.filter(({ tableName }) => tableName === name)),
        references: references
          .filter(({ tableName }) => tableName === name)
          .map((row) => referenceText(row.from, row.table, row.to, row.on_delete)),
      })),
    virtual: own.filter(({ type }) => type === "virtual").map(({ name }) => name),
  };
}

function columnsOf(rows: readonly ColumnRow[]): Pick<TableShape, "columns" | "primaryKey"> {
  const key = rows.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  // A single INTEGER PRIMARY KEY is the rowid, which is never null though nothing says so.
  const rowid = key.length === 1 && key[0]?.type === "INTEGER" ? key[0].name : null;
  return {
    columns: rows.map((row) => ({
      name: row.name,
      type: row.type.toLowerCase(),
      notNull: row.notnull === 1 || row.name === rowid,
      default: row.dflt_value,
    })),
    primaryKey: key.map(({ name }) => name),
  };
}

function indexesOf(rows: readonly IndexRow[]): Pick<TableShape, "unique" | "indexes"> {
  const byName = Map.groupBy(rows, ({ name }) => name);
  const groups = [...byName.values()].map((group) => ({
    ...(group[0] as IndexRow),
    columns: group.map(({ columnName, desc, sql }, i) => {
      const name = columnName ?? indexedParts(sql ?? "")[i];
      return `${name}${desc ? " DESC" : ""}`;
    }),
  }));
  return {
    unique: groups.filter(({ origin }) => origin === "u").map(({ columns }) => columns),
    indexes: groups
      .filter(({ origin }) => origin === "c")
      .map(({ name, columns, unique, sql }) => ({
        name,
        columns,
        unique: unique === 1,
        where: plainSql(/\sWHERE\s+([\s\S]*)$/i.exec(sql ?? "")?.[1] ?? null),
      })),
  };
}

/** What a CREATE INDEX lists between its outer brackets: columns, and expressions as written. */
function indexedParts(createSql: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const sign of createSql.slice(createSql.indexOf("(") + 1)) {
    if (sign === ")" && depth === 0) break;
    depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
    if (sign === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += sign;
  }
  return parts.map((part) => part.trim());
}

/** The shape of a declared table. */
export function declaredShape(table: SQLiteTable): TableShape {
  const config = getTableConfig(table);
  const [composite] = config.primaryKeys;
  const single = config.columns.filter(({ primary }) => primary);
  const uniqueColumns = config.columns.filter(({ isUnique }) => isUnique);
  return {
    name: config.name,
    columns: config.columns.map((column) => ({
      name: column.name,
      type: column.getSQLType(),
      notNull: column.notNull,
      default: defaultText(column),
    })),
    primaryKey: (composite?.columns ?? single).map(({ name }) => name),
    unique: [
      ...uniqueColumns.map(({ name }) => [name]),
      ...config.uniqueConstraints.map(({ columns }) => columns.map(({ name }) => name)),
    ],
    indexes: config.indexes.map(({ config: { name, columns, unique, where } }) => ({
      name,
      columns: columns.map((column) =>
        is(column, SQLiteColumn) ? column.name : String(plainSql(sqlText(column as SQL))),
      ),
      unique,
      where: where ? plainSql(sqlText(where)) : null,
    })),
    references: config.foreignKeys.map((key) => {
      const { columns, foreignColumns, foreignTable } = key.reference();
      const names = (list: readonly Column[]) => list.map(({ name }) => name).join(", ");
      const target = getTableConfig(foreignTable).name;
      return referenceText(names(columns), target, names(foreignColumns), key.onDelete);
    }),
  };
}

function defaultText(column: SQLiteColumn): string | null {
  if (column.default === undefined) return null;
  const value = column.mapToDriverValue(column.default);
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

function sqlText(condition: SQL): string {
  return new SQLiteSyncDialect().sqlToQuery(condition.inlineParams()).sql;
}

/** A condition as the migrations write it: `"users"."removed_ms"` is `removed_ms`. */
function plainSql(text: string | null): string | null {
  if (text === null) return null;
  return text.replaceAll(/"\w+"\."(\w+)"/g, "$1").replaceAll(/\s+/g, " ");
}

function referenceText(from: string, table: string, to: string, onDelete?: string): string {
  const action = (onDelete ?? "no action").toLowerCase();
  return `${from} -> ${table}.${to}${action === "no action" ? "" : ` on delete ${action}`}`;
}

/** How two schemas differ, each difference as a sentence; empty where they are the same. */
export function differences(
  stored: readonly TableShape[],
  declared: readonly TableShape[],
): string[] {
  const names = declared.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  return [
    ...twice.map((name) => `${name} is declared twice`),
    ...paired("", stored, declared).flatMap(({ name, a, b }) => tableDifferences(name, a, b)),
    ...oneSided("table", stored, declared),
  ];
}

function tableDifferences(table: string, a: TableShape, b: TableShape): string[] {
  const lists = (shape: TableShape) => ({
    "the primary key": shape.primaryKey.join(", "),
    "UNIQUE constraints": shape.unique
      .map((columns) => columns.join(", "))
      .sort()
      .join("; "),
    references: [...shape.references].sort().join("; "),
  });
  return [
    ...paired(table, a.columns, b.columns).flatMap(({ name, a, b }) => fieldsApart(name, a, b)),
    ...oneSided(`column of ${table}`, a.columns, b.columns),
    ...paired(table, a.indexes, b.indexes).flatMap(({ name, a, b }) => fieldsApart(name, a, b)),
    ...oneSided(`index of ${table}`, a.indexes, b.indexes),
    ...fieldsApart(table, lists(a), lists(b)),
  ];
}

type Named = { name: string };

function paired<T extends Named>(owner: string, stored: readonly T[], declared: readonly T[]) {
  return stored.flatMap((a) => {
    const b = declared.find(({ name }) => name === a.name);
    return b ? [{ name: owner === "" ? a.name : `${owner}.${a.name}`, a, b }] : [];
  });
}

function oneSided(what: string, stored: readonly Named[], declared: readonly Named[]): string[] {
  const missing = (list: readonly Named[], other: readonly Named[]) =>
    list.map(({ name }) => name).filter((name) => !other.some((item) => item.name === name));
  return [
    ...missing(stored, declared).map((name) => `the ${what} ${name} is not declared`),
    ...missing(declared, stored).map((name) => `the ${what} ${name} is in no migration`),
  ];
}

function fieldsApart<T extends object>(owner: string, stored: T, declared: T): string[] {
  const fields = Object.keys(stored) as (keyof T & string)[];
  return fields
    .filter((field) => JSON.stringify(stored[field]) !== JSON.stringify(declared[field]))
    .map((field) => {
      const [a, b] = [JSON.stringify(stored[field]), JSON.stringify(declared[field])];
      return `${owner}: ${field} is ${a}, declared ${b}`;
    });
}

/** The columns that a trigger's `UPDATE OF` lists. */
export function updateColumns(triggerSql: string): string[] {
  const list = /UPDATE\s+OF\s+([\s\S]*?)\s+ON\s/i.exec(triggerSql)?.[1] ?? "";
  return list.split(",").map((name) => name.trim());
}

/** Columns that are neither frozen nor known to change, or both, or in no table. */
export function freezeFindings(
  columns: readonly string[],
  frozen: readonly string[],
  changing: readonly string[],
): string[] {
  return [
    ...columns
      .filter((name) => !frozen.includes(name) && !changing.includes(name))
      .map((name) => `${name} is neither frozen nor one that changes`),
    ...frozen.filter((name) => changing.includes(name)).map((name) => `${name} is both`),
    ...[...frozen, ...changing]
      .filter((name) => !columns.includes(name))
      .map((name) => `${name} is no column`),
  ];
}
