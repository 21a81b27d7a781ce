/** The databases in which the usage of tests' tenants lies. */
import { env } from "cloudflare:workers";
import { BEGIN } from "../../src/metering/move/move.ts";
import { ledgerDb } from "../../src/platform/db/ledger.ts";

/** The ledger of a tenant, by its row; of one that has none, the control database. */
export async function ledgerOf(tenant: string): Promise<D1Database> {
  const row = await env.DB.prepare("SELECT ledger FROM tenants WHERE id = ?")
    .bind(tenant)
    .first<{ ledger: number }>();
  return ledgerDb(env, row?.ledger ?? 0);
}

/** The tables of a ledger that have rows of tenants, as the schema of a further one says. */
export async function tenantTables(): Promise<string[]> {
  const { results } = await ledgerDb(env, 1)
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%tenant TEXT%' ORDER BY 1",
    )
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}

/** A tenant's first move, which has just begun, as `POST /api/ledgers/moves` writes it. */
export async function beginMove(tenant: string, from: number, to: number): Promise<string> {
  const id = `mov_${tenant}`;
  await env.DB.prepare(
    `INSERT INTO ledger_moves
     (id, tenant, from_ledger, to_ledger, epoch, step, state, started_ms, changed_ms)
     VALUES (?, ?, ?, ?, 1, 'clear', ?, 0, 0)`,
  )
    .bind(id, tenant, from, to, JSON.stringify(BEGIN))
    .run();
  return id;
}
