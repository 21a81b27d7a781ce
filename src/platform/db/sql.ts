/** SQL written out over declared tables, for what drizzle's builder does not say clearly. */
import {
  type Column,
  fillPlaceholders,
  getTableColumns,
  type Placeholder,
  type SQL,
  type SQLWrapper,
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

/** What SQL that is rendered once is asked with: a value by its name. */
export type Asked = SQL | Placeholder;

/** SQL that is 1 where a query, from its FROM on, has a row; 0 where it has none: reads one. */
export function anyRow(from: SQL): SQL {
  return sql`EXISTS (SELECT 1 ${from} LIMIT 1)`;
}

/** Rows that are packed into one. */
const PACKED = 500;

/**
 * Columns of the rows of `from`, which ends in conditions, as JSON arrays of 500 rows each, in no
 * order: what a row costs on its way is more than what most of them hold. `unpacked` reads them.
 * Most have one array's rows: these are numbered and gathered by nothing.
 */
export function packedSql<Name extends string>(columns: readonly SQLWrapper[], from: SQL) {
  const named = columns.map((column, i) => sql`${column} AS ${sql.identifier(`c${i}`)}`);
  const names = columns.map((_, i) => sql.identifier(`c${i}`));
  const most = sql.raw(String(PACKED));
  const first = sql`(SELECT count(*) FROM (SELECT 1 ${from} LIMIT ${most} + 1))`;
  return renderedSql<Name>(sql`
    SELECT json_group_array(json_array(${sql.join([...columns], sql`, `)})) AS packed
    ${from} AND ${first} <= ${most}
    UNION ALL
    SELECT json_group_array(json_array(${sql.join(names, sql`, `)}))
    FROM (SELECT ${sql.join(named, sql`, `)}, row_number() OVER () AS place
      ${from} AND ${first} > ${most})
    GROUP BY (place - 1) / ${most}`);
}

/** The rows of `packedSql`, each an array of its columns. */
export function unpacked<Row extends readonly unknown[]>(
  results: readonly { packed: string }[],
): Row[] {
  return results.flatMap(({ packed }) => JSON.parse(packed) as Row[]);
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
