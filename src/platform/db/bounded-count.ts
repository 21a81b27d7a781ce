/** How many rows there are, up to a bound: so a count costs the same however many there are. */
import { type SQL, sql } from "drizzle-orm";
import { sqlStatement } from "./sql.ts";

/** What is counted at most. */
export const MOST_COUNTED = 1_000;

/** `more` says that there are more than were counted. */
export type BoundedCount = { count: number; more: boolean };

/** Counts the rows of each query, which selects anything from them, up to a thousand. */
export async function countEach<K extends string>(
  db: D1Database,
  queries: Readonly<Record<K, SQL>>,
): Promise<Record<K, BoundedCount>> {
  const names = Object.keys(queries) as K[];
  const statements = names.map((name) => {
    const bounded = sql`SELECT count(*) AS n FROM (${queries[name]} LIMIT ${MOST_COUNTED + 1})`;
    return sqlStatement(db, bounded);
  });
  const results = await db.batch<{ n: number }>(statements);
  const counts = names.map((name, i) => {
    const n = results[i]?.results[0]?.n ?? 0;
    return [name, { count: Math.min(n, MOST_COUNTED), more: n > MOST_COUNTED }];
  });
  return Object.fromEntries(counts) as Record<K, BoundedCount>;
}
