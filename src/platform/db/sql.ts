/** SQL written out over declared tables, for what drizzle's builder does not say clearly. */
import {
  type Column,
  fillPlaceholders,
  getTableColumns,
  type Placeholder,
  type SQL,
  sql,
} from "drizzle-orm";
import { SQLiteSyncDialect, type SQLiteTable } from "drizzle-orm/sqlite-core";

const dialect = new SQLiteSyncDialect();

/** SQL as a statement for `db.batch`. */
export function sqlStatement(db: D1Database, query: SQL): D1PreparedStatement {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return db.prepare(text).bind(...params);
}

/**
 * SQL with placeholders as what makes its statements. The text is rendered once, with the first of
 * them: for statements that stand in many batches, or before many requests.
 */
export function renderedSql<Name extends string>(query: SQL) {
  let rendered: ReturnType<typeof dialect.sqlToQuery> | undefined;
  return (db: D1Database, values: Record<Name, string | number | null>): D1PreparedStatement => {
    rendered ??= dialect.sqlToQuery(query);
    return db.prepare(rendered.sql).bind(...fillPlaceholders(rendered.params, values));
  };
}

/** What an UPDATE sets columns of a table to, by their properties. */
export function assignments<T extends SQLiteTable>(
  table: T,
  values: { [Property in keyof T["$inferSelect"]]?: SQL | Placeholder },
): SQL {
  const columns = getTableColumns(table);
  const set = Object.entries<SQL | Placeholder | undefined>(values);
  const each = set.map(([property, value]) => {
    const column = columns[property] as Column;
    return sql`${columnNames(column)} = ${value}`;
  });
  return sql.join(each, sql`, `);
}

/** The names of columns without their table, as INSERT and SET take them. */
export function columnNames(...columns: readonly Column[]): SQL {
  return sql.join(
    columns.map(({ name }) => sql.identifier(name)),
    sql`, `,
  );
}
