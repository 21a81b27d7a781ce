/** The databases in which the usage of tests' tenants lies. */
import { env } from "cloudflare:workers";
import { ledgerDb } from "../../src/platform/db/ledger.ts";

/** The ledger of a tenant, by its row; of one that has none, the control database. */
export async function ledgerOf(tenant: string): Promise<D1Database> {
  const row = await env.DB.prepare("SELECT ledger FROM tenants WHERE id = ?")
    .bind(tenant)
    .first<{ ledger: number }>();
  return ledgerDb(env, row?.ledger ?? 0);
}
