/** How wide rows are, as the guards of `npm start` count them. */
import { env } from "cloudflare:workers";
import { rowBytes } from "../../scripts/platform/row-guard.ts";

/** Bytes of the widest row of a table of which `where` holds, with the one value `of` in it. */
export async function widest(
  table: string,
  where: string,
  of: string,
  db = env.DB,
): Promise<number> {
  const { results } = await db
    .prepare("SELECT name FROM pragma_table_info(?)")
    .bind(table)
    .all<{ name: string }>();
  const bytes = rowBytes(results.map(({ name }) => name));
  const row = await db
    .prepare(`SELECT coalesce(max(${bytes}), 0) AS bytes FROM ${table} WHERE ${where}`)
    .bind(of)
    .first<{ bytes: number }>();
  return row?.bytes ?? 0;
}
