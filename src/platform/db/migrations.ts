/** Which migrations the code needs, and which the database has. */
import { sql } from "drizzle-orm";
import { sqlStatement } from "./sql.ts";

/** The names of the files in migrations/, where the bundler or the tests put them in. */
declare const MIGRATIONS: readonly string[] | undefined;

/** What the code was built for; empty where nothing said so. */
export function neededMigrations(): readonly string[] {
  return typeof MIGRATIONS === "undefined" ? [] : MIGRATIONS;
}

/** Those of `needed` that the database lacks, in their order. Errors: whatever D1 throws. */
export async function missingMigrations(
  db: D1Database,
  needed: readonly string[],
): Promise<string[]> {
  // The table is the one that keeps the record of migrations, and no migration's own.
  const query = sql`SELECT value AS name FROM json_each(${JSON.stringify(needed)})
    WHERE NOT EXISTS (SELECT 1 FROM d1_migrations WHERE d1_migrations.name = value)`;
  const { results } = await sqlStatement(db, query).all<{ name: string }>();
  return results.map(({ name }) => name);
}
