/** Applies migrations as `wrangler d1 migrations apply` does, and keeps the same record of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The files of `dir` that `d1_migrations` does not name yet, in their order. */
export async function waitingMigrations(db: D1Database, dir: string): Promise<string[]> {
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         name TEXT UNIQUE,
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
       )`,
    )
    .run();
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  return readdirSync(dir)
    .filter((name) => name.endsWith(".sql") && !applied.has(name))
    .sort();
}

/** Runs each file of `dir` that was not run yet; answers those it ran. */
export async function applyMigrations(db: D1Database, dir: string): Promise<string[]> {
  const waiting = await waitingMigrations(db, dir);
  for (const name of waiting) {
    await db.batch([
      // The local runtime takes a whole file as one statement, and runs all that are in it.
      db.prepare(readFileSync(join(dir, name), "utf8")),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
  return waiting;
}
